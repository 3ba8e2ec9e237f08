"""A page of the book in a browser: what is wrong with it, in sentences; and links that lead nowhere."""

from urllib.parse import unquote, urlsplit

WIDTHS = (400, 1280)  # of the window in CSS pixels: a telephone, a laptop
THEMES = ("light", "dark")
HEIGHT = 900
HEAVIEST = 1_500_000  # bytes of a page and all that it loads, but for the index of the search
SLOWEST = 1000  # ms from the click until all scripts have run
VISITS = 5  # of which the quickest counts: others may have wanted the cores
SERIOUS = ("serious", "critical")

PICTURES = """async () => {
    const pictures = [...document.images]
    for (const picture of pictures) picture.loading = "eager"
    await Promise.allSettled(pictures.map(picture => picture.decode()))
    const inner = (one, length, ...sides) => sides.reduce(
        (rest, side) => rest - parseFloat(getComputedStyle(one)[`padding${side}`]), one[`client${length}`])
    const shown = one => inner(one, "Width", "Left", "Right") / inner(one, "Height", "Top", "Bottom")
    const ratio = one => shown(one) / (one.naturalWidth / one.naturalHeight)
    const stretch = one => one.clientHeight ? ratio(one) : 1 // 0 while its menu is closed
    return pictures.map(one => [one.getAttribute("src"), one.naturalWidth, one.alt.trim(), stretch(one)])
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOADED = """() => {
    const page = performance.getEntriesByType("navigation")[0]
    const loaded = performance.getEntriesByType("resource")
    const parts = loaded.filter(part => !part.name.includes("searchindex.js"))
    const bytes = parts.reduce((sum, part) => sum + part.encodedBodySize, page.encodedBodySize)
    return [bytes, page.domContentLoadedEventEnd]
}"""
FOLDED_OUT = "() => document.querySelectorAll('article details[open]').length"
LINKS = """() => [
    [...document.querySelectorAll("a[href]")].map(link => link.href),
    [...document.querySelectorAll("[id]")].map(element => element.id)
]"""
# For axe, each word of code is an element, of which 06 has thousands: their colours are those of any page.
PLAIN_CODE = "() => document.querySelectorAll('pre').forEach(code => code.replaceChildren(code.textContent))"


class BookPage:
    """A tab of a window *context*, in which pages of the site at *address* are opened in turn."""

    def __init__(self, context, address):
        self.page = context.new_page()
        self.address = address
        self.wrong = []
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)
        self.page.on(
            "console", lambda said: said.type == "error" and self.wrong.append(f"console: {said.text}")
        )
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))

    def _note_request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"asks another host: {request.url}")

    def _note_response(self, response):
        if response.status >= 400:
            self.wrong.append(f"not there: {response.url.removeprefix(self.address)}")

    def open(self, name):
        """Open the page with this file name; nothing is wrong with it so far."""
        self.wrong.clear()
        self.page.goto(self.address + name, wait_until="load")

    def judge(self, name, whole=False):
        """Open it: all that is wrong with it.  *whole* has axe look at each word of code, too."""
        self.open(name)
        for source, width, alt, stretch in self.page.evaluate(PICTURES):
            if not width:
                self.wrong.append(f"a picture is not shown: {source}")
            elif not 0.9 < stretch < 1.1:
                self.wrong.append(f"a picture is squeezed: {source}")
            if not alt:
                self.wrong.append(f"a picture is not put into words: {source}")
        if (pixels := self.page.evaluate(TOO_WIDE)) > 0:
            self.wrong.append(f"it is {pixels} pixels wider than the window")
        if self.page.evaluate(FOLDED_OUT):
            self.wrong.append("what is to be folded away is open")
        self._judge_load(name)
        self._judge_with_axe(whole)
        return [*self.wrong]

    def _judge_load(self, name):
        weight, took = self.page.evaluate(LOADED)
        if weight > HEAVIEST:
            self.wrong.append(f"it has {weight:,} bytes")
        times = [took]
        while min(times) > SLOWEST and len(times) < VISITS:
            self.page.goto(self.address + name, wait_until="load")
            times.append(self.page.evaluate(LOADED)[1])
        if min(times) > SLOWEST:
            self.wrong.append(f"it takes {min(times):.0f} ms")

    def _judge_with_axe(self, whole):
        from axe_playwright_python.sync_playwright import Axe

        if not whole:
            self.page.evaluate(PLAIN_CODE)
        # It would load style sheets once more, one of them from where it is not.
        found = Axe().run(self.page, options={"resultTypes": ["violations"], "preload": False})
        for violation in found.response["violations"]:
            if violation["impact"] in SERIOUS:
                places = [node["html"][:200] for node in violation["nodes"][:3]]
                self.wrong.append(f"axe: {violation['help']}: {places}")

    def links(self, name):
        """``(links, anchors)`` of a page: where it leads, and to which of its places one can lead."""
        self.open(name)
        return self.page.evaluate(LINKS)


def dead_links(pages, site, address):
    """What leads to a file or a place of the *site* that is not there.

    :param pages: for each file name ``(links, anchors)``, as from `BookPage.links`.
    :param site: the folder that is served at *address*.
    """
    dead = []
    for name, (links, _) in pages.items():
        for link in links:
            if not link.startswith(address):
                continue
            target = urlsplit(link)
            path = unquote(target.path).lstrip("/") or "index.html"
            known = path in pages or (site / path).is_file()
            anchor = unquote(target.fragment)
            if not known or (anchor and path in pages and anchor not in pages[path][1]):
                dead.append(f"{name}: {link.removeprefix(address)}")
    return dead
