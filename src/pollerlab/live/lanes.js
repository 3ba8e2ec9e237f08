// What happens in a run, drawn at the display's rate from samples that come some ten times a second.
// A time is in seconds from the run's first sample.

const SPAN = 6 // seconds that are shown, unless told otherwise
const LAG = 0.25 // seconds by which the picture is late, so that samples come in before they are drawn
const STILL = 0.5 // seconds between two frames for a reader who wants little motion
const LEFT = 74, RIGHT = 12, TITLE = 24, BOTTOM = 38 // pixels
const HEIGHTS = [150, 84, 104] // of the three panels, in pixels
const SHORTEST_MS = 0.05, LONGEST_MS = 5000
const now = () => performance.now() / 1000

const nothing = () => ({samples: [], received: [], sent: [], noRoom: [], gone: 0})

function render({model, el}) {
    const title = document.createElement("div")
    const canvas = document.createElement("canvas")
    title.style.cssText = "font: 600 13px var(--jp-ui-font-family, sans-serif); padding: 4px 0 2px"
    title.style.color = "var(--jp-ui-font-color1, #222)"
    canvas.style.cssText = "display: block; width: 100%"
    canvas.setAttribute("role", "img")
    el.append(title, canvas)
    const paint = canvas.getContext("2d")
    const calm = matchMedia("(prefers-reduced-motion: reduce)")
    let run = nothing(), offset = null, replaySince = null, frame = 0, drawn = 0, colours = {}

    const last = () => run.samples.at(-1)?.[0] ?? 0
    const span = () => model.get("shown").seconds ?? SPAN

    function moment() { // the right end of the picture
        if (replaySince !== null) return Math.min(last(), now() - replaySince)
        if (offset === null) return 0
        return Math.min(last(), now() - offset - LAG)
    }

    function take(news) {
        for (const name of ["samples", "received", "sent"]) run[name].push(...news[name])
        run.noRoom.push(...news.no_room)
    }

    function forget(since) { // what the picture has left behind
        const first = rows => { const at = rows.findIndex(([t]) => t >= since); return at < 0 ? rows.length : at }
        const sent = run.sent.splice(0, first(run.sent)).length
        run.gone += sent - run.received.splice(0, first(run.received)).length
        run.samples.splice(0, Math.max(0, first(run.samples) - 1))
        run.noRoom = run.noRoom.filter(([, until]) => until >= since)
    }

    function heard(message) {
        if (message.begin || message.replay) {
            run = nothing()
            offset = replaySince = null
        }
        if (message.replay) {
            take(message.replay)
            replaySince = now() - (run.samples[0]?.[0] ?? 0)
        }
        if (message.news && replaySince === null) {
            take(message.news)
            const behind = now() - last()
            offset = offset === null ? behind : Math.min(behind, offset + 0.002)
            forget(moment() - span() - 1)
        }
        ask()
    }

    function ask() {
        if (!frame) frame = requestAnimationFrame(tick)
    }

    function tick() {
        frame = 0
        if (!calm.matches || now() - drawn > STILL) {
            drawn = now()
            draw()
        }
        if (model.get("running") || moment() < last()) ask()
    }

    function look() {
        const style = getComputedStyle(el)
        const of = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise
        colours = {
            text: of("--jp-ui-font-color1", "#222"), faint: of("--jp-border-color2", "#ccc"),
            sent: of("--jp-ui-font-color2", "#777"), family: of("--jp-ui-font-family", "sans-serif"),
        }
    }

    function draw() {
        const width = el.clientWidth, scale = devicePixelRatio || 1
        if (!width) return
        const height = TITLE * 3 + HEIGHTS.reduce((a, b) => a + b) + BOTTOM
        canvas.style.height = `${height}px`
        if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
            canvas.width = Math.round(width * scale)
            canvas.height = Math.round(height * scale)
        }
        look()
        paint.setTransform(scale, 0, 0, scale, 0, 0)
        paint.clearRect(0, 0, width, height)
        const at = moment(), shown = model.get("shown")
        const x = t => LEFT + (width - LEFT - RIGHT) * (1 - (at - t) / span())
        const seen = rows => rows.filter(([t]) => t <= at && t >= at - span())
        const received = seen(run.received), sent = seen(run.sent)
        let top = 0
        const panels = HEIGHTS.map(high => { const y = top + TITLE; top = y + high; return [y, high] })
        const [upper, middle, lower] = panels
        if (shown.kind === "queue") {
            drawQueue(upper, x, at, shown)
            lines("messages: sent (grey) and received", middle, [["sent", 0.3], ["received", 0.7]])
            marks(sent, t => [x(t), middle[0] + 0.3 * middle[1]], colours.sent, 4)
            marks(received, t => [x(t), middle[0] + 0.7 * middle[1]], shown.colour, 0)
        } else {
            const count = shown.sockets, lane = n => (n + 0.5) / count
            const every = Math.ceil(count / 8)
            const names = [...Array(count).keys()].filter(n => n % every === 0)
            lines(shown.messages ?? "messages: sent (grey) and received", upper, names.map(n => [shown.names?.[n] ?? `socket ${n + 1}`, lane(n)]))
            const y = n => upper[0] + upper[1] * lane(n)
            marks(sent, (t, n) => [x(t), y(n)], colours.sent, Math.min(5, 60 / count))
            marks(received, (t, n) => [x(t), y(n)], shown.colour, 0)
            drawCpu(middle, x, at, shown)
        }
        const rise = ms => 1 - Math.log(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms)) / SHORTEST_MS)
            / Math.log(LONGEST_MS / SHORTEST_MS)
        lines(shown.delay ?? "delay of each message", lower, [0.1, 1, 10, 100, 1000].map(ms => [`${ms} ms`, rise(ms)]))
        const known = received.filter(([, , ms]) => ms !== null)
        marks(known, (t, _, ms) => [x(t), lower[0] + lower[1] * rise(ms)], shown.colour, 0)
        paint.textAlign = "center"
        for (let ago = 0; ago <= span(); ago += span() > 2 ? 1 : 0.5) text(`${ago}`, x(at - ago), top + 14)
        text("seconds ago", LEFT + (width - LEFT - RIGHT) / 2, top + 30)
    }

    function text(words, x, y, weight = "400") {
        paint.fillStyle = colours.text
        paint.font = `${weight} 12px ${colours.family}`
        paint.fillText(words, x, y)
    }

    function lines(name, [y, high], names) { // a panel: its name, and a line for each of its heights
        paint.textAlign = "left"
        paint.font = `600 12px ${colours.family}`
        text(name, Math.max(0, Math.min(LEFT, el.clientWidth - paint.measureText(name).width)), y - 6, "600")
        paint.textAlign = "right"
        paint.strokeStyle = colours.faint
        paint.lineWidth = 1
        for (const [label, part] of names) {
            text(label, LEFT - 8, y + high * part + 4)
            paint.beginPath()
            paint.moveTo(LEFT, y + high * part)
            paint.lineTo(el.clientWidth - RIGHT, y + high * part)
            paint.stroke()
        }
    }

    function marks(rows, place, colour, tall) { // upright ticks, or dots where they are not tall
        paint.fillStyle = paint.strokeStyle = colour
        paint.lineWidth = 1
        paint.beginPath()
        for (const row of rows) {
            const [x, y] = place(...row)
            if (tall) {
                paint.moveTo(x, y - tall)
                paint.lineTo(x, y + tall)
            } else {
                paint.moveTo(x + 2.5, y)
                paint.arc(x, y, 2.5, 0, 7)
            }
        }
        tall ? paint.stroke() : paint.fill()
    }

    function clipped([y, high], action) {
        paint.save()
        paint.beginPath()
        paint.rect(LEFT, y - 2, el.clientWidth - LEFT - RIGHT, high + 4)
        paint.clip()
        action()
        paint.restore()
    }

    function drawCpu(panel, x, at, shown) {
        const [y, high] = panel, part = percent => 1 - percent / 108
        lines(shown.cpu ?? "CPU wanted, of one core", panel, [0, 50, 100].map(percent => [`${percent} %`, part(percent)]))
        clipped(panel, () => {
            paint.strokeStyle = shown.colour
            paint.lineWidth = 2
            paint.beginPath()
            for (let i = 1; i < run.samples.length; i++) {
                const [t0, cpu0] = run.samples[i - 1], [t1, cpu1] = run.samples[i]
                if (t0 > at || t1 < at - span()) continue
                const height = y + high * part(Math.min(100, 100 * (cpu1 - cpu0) / (t1 - t0)))
                paint.lineTo(x(t0), height)
                paint.lineTo(x(Math.min(t1, at)), height)
            }
            paint.stroke()
        })
    }

    function drawQueue(panel, x, at, shown) {
        const [y, high] = panel, part = messages => 1 - messages / (shown.full + 6)
        const names = [0, shown.full / 2, shown.full].map(messages => [`${messages}`, part(messages)])
        lines("messages in the queue; blue: no POLLOUT, the sender sleeps", panel, names)
        clipped(panel, () => {
            paint.fillStyle = shown.colour
            for (const [since, until] of run.noRoom)
                if (since <= at) {
                    const end = Math.min(until, at)
                    paint.fillRect(x(since), y + high * part(shown.full + 4), x(end) - x(since), 6)
                }
            const changes = [...run.sent.map(([t]) => [t, 1]), ...run.received.map(([t]) => [t, -1])]
            changes.sort((a, b) => a[0] - b[0])
            let queued = run.gone
            paint.strokeStyle = colours.text
            paint.lineWidth = 1.5
            paint.beginPath()
            for (const [t, change] of changes) {
                if (t > at) break
                paint.lineTo(x(t), y + high * part(queued))
                queued += change
                paint.lineTo(x(t), y + high * part(queued))
            }
            paint.lineTo(x(at), y + high * part(queued))
            paint.stroke()
        })
    }

    function name() {
        title.textContent = model.get("title")
        canvas.setAttribute("aria-label", `The last ${span()} seconds. ${model.get("title")}`)
        ask()
    }

    function look_back() { // a run that was over before this view was there
        const past = model.get("past")
        if (!past.samples) return
        run = nothing()
        offset = null
        take(past)
        replaySince = -1e9
        ask()
    }

    model.on("msg:custom", heard)
    model.on("change:past", look_back)
    model.on("change:title", name)
    model.on("change:shown change:running", ask)
    const sizes = new ResizeObserver(ask)
    sizes.observe(el)
    const themes = new MutationObserver(ask)
    for (const element of [document.body, document.documentElement]) themes.observe(element, {attributes: true})
    name()
    look_back()
    return () => {
        cancelAnimationFrame(frame)
        sizes.disconnect()
        themes.disconnect()
        model.off("msg:custom", heard)
        model.off("change:past", look_back)
        model.off("change:title", name)
        model.off("change:shown change:running", ask)
    }
}

export default {render}
