"""Whether sliders and buttons of a rendered widget do anything, as far as a reader can see."""

from contextlib import suppress

from until import until

OBSERVED = 1.2  # seconds, in which a running box shows what moves by itself, be it once a second
BRIEFLY = 0.5  # seconds, in which a moving picture has a new frame
ANSWER = 4  # seconds for a box to answer to a control
TRIES = 2  # for a slider: a word may happen to change by itself just then

# What is to be seen in a box, but for what is in `except`: an object of place: value, texts word by word.
# A place is the number of a widget and one within it, so that a widget that grows does not move the others.
SEEN = """
const seen = (box, except) => {
    const widgets = [box, ...box.querySelectorAll(".jupyter-widgets")]
    const sizes = new Map()
    const all = {}
    for (const element of box.querySelectorAll("*")) {
        if (except?.contains(element)) continue
        const widget = widgets.indexOf(element.closest(".jupyter-widgets"))
        const place = `${widget}.${sizes.get(widget) ?? 0} ${element.tagName}`
        sizes.set(widget, (sizes.get(widget) ?? 0) + 1)
        const texts = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
        const words = texts.flatMap(node => node.data.split(/\\s+/)).filter(word => word)
        words.forEach((word, number) => { all[`${place} word ${number}`] = word })
        for (const name of ["src", "style", "aria-valuenow"])
            if (element.hasAttribute(name)) all[`${place} ${name}`] = element.getAttribute(name)
        if (element.tagName === "CANVAS") all[`${place} picture`] = element.toDataURL()
        for (const name of ["value", "checked", "disabled"])
            if (name in element) all[`${place} ${name}`] = String(element[name])
    }
    return all
}
"""
# What stood still for so many ms, and the places of what did not.
OBSERVE = """async (box, [ms, slider]) => {
    SEEN
    const except = slider === null ? null : box.querySelectorAll(".widget-slider")[slider]
    const still = seen(box, except)
    const moved = new Set()
    for (const end = performance.now() + ms; performance.now() < end;) {
        await new Promise(resolve => setTimeout(resolve, 40))
        const now = seen(box, except)
        for (const place of new Set([...Object.keys(now), ...Object.keys(still)]))
            if (!moved.has(place) && now[place] !== still[place]) moved.add(place)
    }
    for (const place of moved) delete still[place]
    return {still, moved: [...moved]}
}""".replace("SEEN", SEEN)


def observe(box, slider=None, seconds=None):
    """What a box shows for some time: ``still`` is a dict of what stood still, ``moved`` has other places."""
    return box.evaluate(OBSERVE, [1000 * (OBSERVED if seconds is None else seconds), slider])


def changes(box, before, slider=None):
    """What is not as it stood still in *before*: a dict of place: value."""
    now = observe(box, slider, 0)["still"]
    places = (now.keys() | before["still"].keys()) - set(before["moved"])
    return {place: now.get(place) for place in places if now.get(place) != before["still"].get(place)}


def check_controls_live(page, box):
    """Every enabled slider of *box* changes its readout and something else, every enabled button something.

    If there is a Start button, it must set the pictures in motion; the sliders are moved while they move,
    and a Stop button must end it.  Leaves the sliders as they were.

    :param page: Playwright's.
    :param box: the locator of a rendered widget.
    :raises AssertionError: it names the first control that does nothing.
    """
    start, stop = (box.get_by_role("button", name=name, exact=True) for name in ("Start", "Stop"))
    done = set()
    if start.count():
        check_button(box, start)
        check_pictures_move(box, True)
    check_sliders(page, box, done)
    if start.count() and stop.count():
        check_button(box, stop)
        check_pictures_move(box, False)
        check_sliders(page, box, done)  # those that were disabled
    for button in box.locator("button").all():
        if button.is_enabled() and button.inner_text().strip() not in ("Start", "Stop"):
            check_button(box, button)


def check_button(box, button):
    """A press changes something in the box that does not move by itself."""
    name = button.inner_text().strip()
    assert button.is_enabled(), f"the button {name!r} is disabled"
    before = observe(box)
    button.click()
    answered(lambda: changes(box, before), f"the button {name!r} changes nothing")


def check_pictures_move(box, wanted):
    """Each picture, or none, shows one frame after the other."""
    images = box.locator("img, canvas")
    if not images.count():
        return

    def moving():
        return any(
            "IMG src" in place or "CANVAS picture" in place
            for place in observe(box, seconds=BRIEFLY)["moved"]
        )

    answered(lambda: moving() == wanted, f"the pictures {'stand still' if wanted else 'move on after Stop'}")


def check_sliders(page, box, done):
    """Each enabled slider that is not in *done* is moved there and back, and added to it."""
    for number, slider in enumerate(box.locator(".widget-slider").all()):
        if number not in done and slider.locator("[disabled]").count() == 0:
            check_slider(page, box, number, slider)
            done.add(number)


def check_slider(page, box, number, slider):
    """A step changes the readout and something else in the box, and a step back takes the readout back.

    Where nothing moves by itself, anything that changes is an answer.  Where a run goes on, a text is: some
    word that stood still before must change, stand still again, and come back after the step back.
    """
    name = slider.locator(".widget-label").inner_text()
    readout, handle = slider.locator(".widget-readout"), slider.get_by_role("slider").first
    at_end = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax")
    there, back = ("ArrowLeft", "ArrowRight") if at_end else ("ArrowRight", "ArrowLeft")

    assert readout.is_visible(), f"the slider {name!r} has no readout"

    def step(key):
        read = readout.inner_text()
        handle.focus()
        page.keyboard.press(key)
        answered(lambda: readout.inner_text() != read, f"the slider {name!r} does not change its readout")

    def answers():
        before = observe(box, number)
        step(there)
        try:
            if not before["moved"]:
                return answer(lambda: changes(box, before, number))
            changed = answer(lambda: changed_words(before, observe(box, number, BRIEFLY)))
        finally:
            step(back)
        return answer(lambda: changed - changes(box, before, number).keys())

    for _ in range(TRIES):
        with suppress(TimeoutError):
            return answers()
    raise AssertionError(f"the slider {name!r} changes nothing but its readout")


def changed_words(before, after):
    """The places of words that stood still in both, and differ."""
    return {
        place
        for place, word in before["still"].items()
        if " word " in place and after["still"].get(place, word) != word
    }


def answer(condition):
    """What *condition* returns, once that is true; TimeoutError if it is not in time."""
    values = [None]
    until(lambda: values.append(condition()) or values[-1], ANSWER)
    return values[-1]


def answered(condition, otherwise):
    """Wait for *condition*; fail with a sentence if it does not come true."""
    try:
        answer(condition)
    except TimeoutError:
        raise AssertionError(otherwise) from None
