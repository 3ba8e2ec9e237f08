import dataclasses

import matplotlib
import pytest

from pollerlab import plots, record

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(scope="module")
def recordings():
    """Three real ones, each with a few messages of A."""
    made = []
    for name in ("blocking", "busy", "nap 10 ms"):
        with record(name) as r:
            for number in range(5):
                r.mark("sent", "A", number)
                for _ in range(20_000):
                    pass
                r.mark("received", "A", number)
            r.mark("ticked", "clock")
        made.append(r)
    return made


def labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_timeline_has_a_row_for_each_lane_and_kind(recordings):
    lanes, cpu = plots.timeline(recordings[1], "Title").axes
    assert labels(lanes) == ["sent by A", "received from A", "clock ticked"]
    assert lanes.get_title(loc="left") == "Title"
    assert [len(line.get_xdata()) for line in lanes.lines] == [5, 5, 1]
    assert lanes.lines[1].get_xdata().tolist() == recordings[1].times("received", "A")
    assert cpu.get_xlabel() == "time (s)"
    assert "% of one core" in cpu.texts[0].get_text()


def test_events_outside_the_recording_have_no_row(recordings):
    with record() as r:
        r.mark("ticked", "inside")
    r.mark("ticked", "outside")
    figure = plots.timeline(r)
    assert labels(figure.axes[0]) == ["inside ticked"]
    assert figure._repr_png_()


def test_a_recording_without_marks_has_its_cpu_drawn():
    with record() as r:
        pass
    lanes, cpu = plots.timeline(r).axes
    assert labels(lanes) == []
    assert len(cpu.patches) == 2


def test_ways_has_a_row_for_each_recording(recordings):
    left, right = plots.ways(recordings, "A").axes
    assert labels(left) == ["blocking", "busy", "nap 10 ms"]
    assert [line.get_xdata()[0] for line in left.lines] == [100 * r.share for r in recordings]
    assert [line.get_xdata()[0] for line in right.lines] == [1000 * r.typical_delay("A") for r in recordings]
    assert left.get_xscale() == right.get_xscale() == "log"


def test_naps_are_drawn_by_length_beside_the_other_way(recordings):
    other, second, first = recordings
    left, right = plots.naps({10: second, 0.1: first}, other, "A").axes
    assert left.lines[0].get_xdata().tolist() == [0.1, 10]
    assert left.lines[0].get_ydata().tolist() == [100 * first.share, 100 * second.share]
    delays = [1000 * r.typical_delay("A") for r in (first, second)]
    assert right.lines[0].get_ydata().tolist() == pytest.approx(delays)
    assert left.lines[1].get_ydata()[0] == 100 * other.share
    assert right.lines[1].get_ydata()[0] == pytest.approx(1000 * other.typical_delay("A"))


def test_everything_drawn_is_within_the_axes(recordings):
    by_length = dict(zip((1, 5, 9), recordings, strict=True))
    figures = [plots.ways(recordings, "A"), plots.naps(by_length, recordings[0], "A")]
    for axes in (axes for figure in figures for axes in figure.axes):
        for line in axes.lines:
            if line.get_linestyle() != "--":
                x, y = line.get_xdata(), line.get_ydata()
                low, high = sorted(axes.get_xlim())
                assert low < min(x) <= max(x) < high
                low, high = sorted(axes.get_ylim())
                assert low < min(y) <= max(y) < high


def test_a_share_too_small_for_the_clock_can_be_drawn(recordings):
    idle = dataclasses.replace(recordings[0], cpu=0.0)
    plots.ways([idle], "A")._repr_png_()
    plots.naps({1: idle}, idle, "A")._repr_png_()


@pytest.mark.parametrize(
    "draw",
    [
        lambda r: plots.ways([r], "B"),
        lambda r: plots.naps({1: r}, r, "B"),
        lambda r: plots.ages([r], "B"),
    ],
)
def test_a_lane_without_delays_is_an_error(recordings, draw):
    with pytest.raises(ValueError, match="No message of 'B'"):
        draw(recordings[0])


@pytest.mark.parametrize(
    "draw", [lambda: plots.ways([], "A"), lambda: plots.naps({}, None, "A"), lambda: plots.ages([], "A")]
)
def test_no_recording_is_an_error(draw):
    with pytest.raises(ValueError, match="no recording"):
        draw()


def test_an_unfinished_recording_is_an_error():
    with record() as r, pytest.raises(ValueError, match="has not ended"):
        plots.timeline(r)


def test_a_nap_of_nought_has_no_place_on_a_logarithmic_scale(recordings):
    with pytest.raises(ValueError, match=r"length of a nap \(ms\): 0 has no place"):
        plots.naps({0: recordings[0], 1: recordings[1]}, recordings[2], "A")


def test_a_name_may_have_a_dollar_in_it(recordings):
    with record("costs $ or $_{") as strange:
        strange.mark("ticked", "$x^{")
        strange.mark("took {a}", "{b}")
        strange.mark("sent", "A", 0)
        strange.mark("received", "A", 0)
    for figure in (plots.timeline(strange, "$\\frac$"), plots.ages([strange], "A")):
        figure._repr_png_()


def test_ages_has_a_labelled_line_for_each_recording(recordings):
    (axes,) = plots.ages(recordings, "A").axes
    assert len(axes.lines) == len(recordings)
    assert [text.get_text() for text in axes.texts] == [r.name for r in recordings]


def test_a_way_of_waiting_has_the_same_colour_everywhere(recordings):
    busy = recordings[1]
    timeline_colour = plots.timeline(busy).axes[1].patches[0].get_facecolor()[:3]
    ways_colour = plots.ways(recordings, "A").axes[0].lines[1].get_color()
    ages_colour = plots.ages([busy], "A").axes[0].lines[0].get_color()
    assert matplotlib.colors.to_rgb(timeline_colour) == matplotlib.colors.to_rgb(ways_colour)
    assert ways_colour == ages_colour


def test_a_figure_is_a_png_with_its_size_on_the_page(recordings):
    png, size = plots.timeline(recordings[0])._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size["width"] == 700


def test_drawing_changes_nothing_of_the_readers(recordings):
    before = dict(matplotlib.rcParams)
    plots.timeline(recordings[0])
    assert dict(matplotlib.rcParams) == before


def test_a_figure_has_a_card_of_its_own_for_the_dark_theme(recordings):
    red, green, blue, alpha = plots.timeline(recordings[0]).get_facecolor()
    assert min(red, green, blue) > 0.9
    assert alpha == 1
