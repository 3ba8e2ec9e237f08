import dataclasses
from itertools import combinations, pairwise

import matplotlib
import pytest

from pollerlab.scenery import Recording, plots, record

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


@pytest.mark.filterwarnings("error")
def test_before_and_after_have_the_same_rows_and_the_same_axis_of_time(recordings):
    before, after = recordings[0], dataclasses.replace(recordings[1], stop=recordings[1].stop + 1)
    with record() as other:
        other.mark("went out", "a heartbeat")
    left, right, *below = plots.before_and_after(before, after, "Title").axes
    assert labels(left) == ["sent by A", "received from A", "clock ticked"]
    assert [axes.get_title(loc="left") for axes in (left, right)] == ["before", "after"]
    assert {axes.get_xlim() for axes in (left, right, *below)} == {(0, max(before.wall, after.wall))}
    figure = plots.before_and_after(before, other)
    figure._repr_png_()
    left, right, *_ = figure.axes
    assert labels(left)[-1] == "a heartbeat went out"
    assert [len(axes.lines) for axes in (left, right)] == [3, 1]


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
        lambda r: plots.cost_latency([r], "B"),
        lambda r: plots.stops([r], "A", "B"),
    ],
)
def test_a_lane_without_delays_is_an_error(recordings, draw):
    with pytest.raises(ValueError, match="No message of 'B'"):
        draw(recordings[0])


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.ways([], "A"),
        lambda: plots.naps({}, Recording(), "A"),
        lambda: plots.ages([], "A"),
        lambda: plots.cost_latency([], "A"),
        lambda: plots.wakeups({}),
        lambda: plots.stops([], "A", "STOP"),
    ],
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
    assert {text.get_text() for text in axes.texts} == {"── blocking", "╌╌ busy", "┈┈ nap 10 ms"}
    (axes,) = plots.ages(recordings[:1] * 2, "A").axes
    assert len(axes.texts) == 2


def boxes(axes):
    axes.figure.draw_without_rendering()
    return {text.get_text(): text.get_window_extent() for text in axes.texts}


def test_lines_that_end_close_together_have_names_apart(recordings):
    (axes,) = plots.ages(recordings, "A").axes
    spans = sorted((box.y0, box.y1) for box in boxes(axes).values())
    assert all(low[1] <= high[0] for low, high in pairwise(spans))


@pytest.fixture(scope="module")
def six_ways(recordings):
    """Recordings by the names of notebook 00, with delays and CPU times as they are there, in s."""
    made = []
    for name, cpu, delay in [
        ("blocking", 0.0028, 0.079),
        ("busy", 0.99, 0.0002),
        ("nap 1 ms", 0.05, 0.0007),
        ("nap 10 ms", 0.015, 0.006),
        ("nap 100 ms", 0.002, 0.055),
        ("poll", 0.004, 0.0003),
    ]:
        r = Recording(name, start=100, stop=101, cpu=cpu)
        r.add("sent", "control", [100.1, 100.5, 100.7])
        r.add("received", "control", [100.1 + delay, 100.5 + 0.9 * delay, 100.7 + 1.2 * delay])
        made.append(r)
    return made


def dots(axes):
    return [line for line in axes.lines if line.get_marker() == "o"]


@pytest.mark.parametrize("logarithmic", [True, False])
def test_the_map_has_a_dot_for_each_way(six_ways, logarithmic):
    (axes,) = plots.cost_latency(six_ways, "control", "Title", logarithmic=logarithmic).axes
    assert [dot.get_xdata()[0] for dot in dots(axes)] == [1000 * r.typical_delay("control") for r in six_ways]
    assert [dot.get_ydata()[0] for dot in dots(axes)] == [100 * r.share for r in six_ways]
    assert axes.get_xscale() == axes.get_yscale() == ("log" if logarithmic else "linear")
    for dot in dots(axes):
        assert axes.get_xlim()[0] <= dot.get_xdata()[0] <= axes.get_xlim()[1]
        assert axes.get_ylim()[0] <= dot.get_ydata()[0] <= axes.get_ylim()[1]
    text = " ".join(text.get_text() for text in axes.texts)
    assert all(r.name in text for r in six_ways)


def test_on_the_map_blocking_is_hollow_and_the_poller_large(six_ways):
    (axes,) = plots.cost_latency(six_ways, "control").axes
    blocking, busy, *_, poll = dots(axes)
    assert blocking.get_markerfacecolor() != blocking.get_color()
    assert busy.get_markerfacecolor() == busy.get_color()
    assert poll.get_markersize() > busy.get_markersize()
    assert "blocking: cheap, and\ndeaf to everyone else" in [text.get_text() for text in axes.texts]


def test_the_map_joins_the_naps(six_ways):
    (axes,) = plots.cost_latency(six_ways[::-1], "control").axes
    (line,) = (line for line in axes.lines if line.get_marker() != "o")
    assert line.get_ydata().tolist() == [5, 1.5, 0.2]


@pytest.mark.parametrize("logarithmic", [True, False])
def test_no_labels_of_the_map_overlap(six_ways, logarithmic):
    (axes,) = plots.cost_latency(six_ways, "control", logarithmic=logarithmic).axes
    for one, another in combinations(boxes(axes).values(), 2):
        assert not one.overlaps(another)


def test_a_map_of_one_way_can_be_drawn(six_ways):
    for r in six_ways:
        plots.cost_latency([r], "control")._repr_png_()


def test_wakeups_has_a_bar_for_each_rate():
    (axes,) = plots.wakeups({"poll()": 10, "poll(0)": 200_000, "rarely": 0.5}).axes
    assert labels(axes) == ["poll()", "poll(0)", "rarely"]
    assert [text.get_text() for text in axes.texts] == ["10", "200,000", "0.5"]
    assert [line.get_xdata()[1] for line in axes.lines] == [10, 200_000, 0.5]
    assert axes.get_xlim()[0] < 0.5


def test_a_rate_of_nought_has_no_bar():
    with pytest.raises(ValueError, match="rounds a second: 0 has no place"):
        plots.wakeups({"never": 0})


def test_stops_shows_how_long_each_went_on():
    r = Recording("poll", start=10, stop=12)
    r.add("worked", "tasks", [10.5, 11, 11.5])
    r.add("sent", "STOP", [10.75])
    r.add("received", "STOP", [11.75])
    (axes,) = plots.stops([r], "tasks", "STOP").axes
    assert labels(axes) == ["poll"]
    assert [text.get_text() for text in axes.texts] == ["1000 ms after STOP"]
    assert axes.lines[0].get_xdata().tolist() == [0.5, 1, 1.5]
    assert axes.lines[1].get_xdata().tolist() == [1.75]


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


CURVES = {
    "zmq.Poller": {64: 40.0, 1: 2.3, 2000: 1250.0},
    "EdgePoller": {1: 2.7, 64: 3.2, 2000: 3.3},
    "floor": {1: 2.5, 64: 2.6, 2000: 2.6},
    "asyncio tasks": {1: 39.0, 64: 40.0},
    "another": {1: 2.5, 2000: 2.6},
}


def test_cost_curves_have_a_line_for_each_poller_by_count():
    (axes,) = plots.cost_curves(CURVES, "Title", "cost (µs)").axes
    assert [line.get_xdata().tolist() for line in axes.lines] == [sorted(costs) for costs in CURVES.values()]
    assert axes.lines[0].get_ydata().tolist() == [2.3, 40, 1250]
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.get_title(loc="left") == "Title"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sockets registered", "cost (µs)")
    looks = [(line.get_color(), line.get_linestyle()) for line in axes.lines]
    assert looks[:3] == [("#0072b2", "-"), ("#009e73", "-"), ("#777777", "--")]


def test_the_names_of_cost_curves_are_apart_and_in_the_colours_of_the_lines():
    (axes,) = plots.cost_curves(CURVES).axes
    assert {text.get_text(): text.get_color() for text in axes.texts} == {
        name: line.get_color() for name, line in zip(CURVES, axes.lines, strict=True)
    }
    for one, another in combinations(boxes(axes).values(), 2):
        assert not one.overlaps(another)
    top = axes.get_window_extent()
    assert all(box.x1 <= axes.figure.bbox.x1 and box.y0 >= top.y0 for box in boxes(axes).values())


def test_situations_are_drawn_to_the_same_scale():
    cheap = {"zmq.Poller": {1: 0.5, 64: 0.6}}
    first, second, third = plots.cost_situations({"idle": CURVES, "all": CURVES, "one": cheap}).axes
    assert [axes.get_title(loc="left") for axes in (first, second, third)] == ["idle", "all", "one"]
    assert first.get_ylim() == second.get_ylim() == third.get_ylim()
    assert first.get_xlim()[1] > 2000
    assert first.get_xlim() == second.get_xlim() == third.get_xlim()
    assert first.get_ylim()[0] < 0.5
    assert first.get_ylim()[1] > 1250


def test_a_curve_of_one_count_can_be_drawn():
    plots.cost_curves({"Poller": {1: 2.0}})._repr_png_()


@pytest.mark.parametrize("curves", [{}, {"Poller": {}}])
def test_no_cost_is_an_error(curves):
    with pytest.raises(ValueError, match="no recording"):
        plots.cost_curves(curves)


def test_a_cost_of_nought_has_no_place():
    with pytest.raises(ValueError, match=r"cost of a trip \(µs\): 0 has no place"):
        plots.cost_curves({"Poller": {1: 0.0, 4: 1.0}})


STEPS = [
    ("ask", {"it rings": False, "a message waits": False}),
    ("send", {"it rings": True, "a message waits": True}),
]


def test_a_timing_diagram_has_a_line_for_each_state_and_a_place_for_each_step():
    (axes,) = plots.timing(STEPS, "Title").axes
    assert labels(axes) == ["it rings", "a message waits"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["ask", "send"]
    assert axes.get_title(loc="left") == "Title"
    lines = [patch.get_data().values.tolist() for patch in axes.patches[1::2]]
    assert lines == [[1, 1.6], [0, 0.6]]


def test_a_timing_diagram_of_no_steps_is_an_error():
    with pytest.raises(ValueError, match="no recording"):
        plots.timing([])


@pytest.mark.parametrize("states", [{"it rings": True}, STEPS[1][1] | {"a third": True}])
def test_a_timing_diagram_with_other_states_in_a_later_step_is_an_error(states):
    with pytest.raises(ValueError, match="'send' must have the same states as 'ask'"):
        plots.timing([STEPS[0], ("send", states)])


FILLS = [(0, 0, True), (1, 1, True), (2, 2, False), (3, 1, True), (4, 2, False), (5, 1, True), (6, 0, True)]


def test_a_queue_is_a_step_line_with_a_dot_at_each_change_of_readiness():
    fill, band = plots.queue(FILLS, "Title", mark=2).axes
    _, line, *dots = fill.lines
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert line.get_ydata().tolist() == [0, 1, 2, 1, 2, 1, 0]
    assert [dot.get_xydata().tolist() for dot in dots] == [[[2, 2]], [[3, 1]], [[4, 2]], [[5, 1]]]
    assert [dot.get_markerfacecolor() == dot.get_color() for dot in dots] == [False, True, False, True]
    assert fill.get_title(loc="left") == "Title"
    assert [fill.get_ylabel(), band.get_xlabel()] == ["messages in the queue", "time (s)"]
    assert labels(band) == ["POLLOUT set"]


def test_the_band_is_filled_where_pollout_is_set():
    for axes in plots.queue(FILLS).axes:
        heights, edges, _ = axes.patches[0].get_data()
        assert edges.tolist() == [0, 1, 2, 3, 4, 5, 6]
        assert (heights > 0).tolist() == [True, True, False, True, False, True]


def test_the_labels_of_a_queue_are_apart_and_within_the_figure():
    fill, _ = plots.queue(FILLS, "Title", mark=2).axes
    assert set(boxes(fill)) == {"high-water mark: 2", "gone at 2", "back at 1"}
    for one, another in combinations(boxes(fill).values(), 2):
        assert not one.overlaps(another)
    assert all(box.x1 <= fill.figure.bbox.x1 for box in boxes(fill).values())


@pytest.mark.parametrize("ready", [True, False])
def test_a_queue_that_stays_empty_can_be_drawn(ready):
    fill, _ = plots.queue([(0, 0, ready), (1, 0, ready)]).axes
    assert fill.get_ylim()[1] > 0
    fill.figure._repr_png_()


def test_a_queue_of_one_sample_has_no_time():
    with pytest.raises(ValueError, match="no recording"):
        plots.queue(FILLS[:1])


def test_an_interrupt_has_no_traceback_into_matplotlib(recordings, monkeypatch):
    """IPython would take seconds to explain it."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    figure = plots.timeline(recordings[0])
    monkeypatch.setattr("matplotlib.axes.Axes.plot", interrupted)
    monkeypatch.setattr("matplotlib.axes.Axes.draw", interrupted)
    for draw in (figure._repr_png_, lambda: plots.timeline(recordings[0])):
        with pytest.raises(KeyboardInterrupt) as stop:
            draw()
        assert stop.value.__suppress_context__
        assert not [entry for entry in stop.traceback if "matplotlib" in str(entry.path)]
