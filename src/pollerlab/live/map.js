// The map of all runs: a dot for each, that can be pointed at, replayed and removed; and the runs as a file.

const SVG = "http://www.w3.org/2000/svg"
const LEFT = 62, RIGHT = 12, TOP = 26, BOTTOM = 42, HEIGHT = 300, RADIUS = 6 // pixels
const MS = [0.05, 5000], PERCENT = [0.02, 200] // the ends of the axes
const AROUND = [[10, -6], [10, 16], [-10, -6], [-10, 16], [10, 32], [10, -22], [-10, 32], [-10, -22]]
const LETTER = 6.6 // pixels, about

const part = ([low, high], value) =>
    Math.log(Math.min(high, Math.max(low, value)) / low) / Math.log(high / low)

function render({model, el}) {
    const svg = document.createElementNS(SVG, "svg")
    svg.setAttribute("height", HEIGHT)
    svg.setAttribute("role", "group")
    svg.setAttribute("aria-label", "Your runs: CPU against delay")
    svg.style.cssText = "display: block; width: 100%"
    const details = document.createElement("div")
    details.setAttribute("aria-live", "polite")
    const row = document.createElement("div")
    row.style.cssText = "display: flex; flex-wrap: wrap; gap: 6px; padding: 4px 0"
    el.style.cssText = "font: 12px var(--jp-ui-font-family, sans-serif); color: var(--jp-ui-font-color1, #222)"
    el.append(svg, details, row)
    let chosen = null

    function button(name, action) {
        const made = document.createElement("button")
        made.textContent = name
        made.style.cssText = "font: inherit; color: inherit; padding: 4px 10px; cursor: pointer;"
            + "background: var(--jp-layout-color2, #eee); border: 1px solid var(--jp-border-color1, #aaa)"
        made.onclick = action
        row.append(made)
        return made
    }

    const replay = button("Replay", () => { model.send({do: "replay", run: chosen}); say("Replays: ") })
    const remove = button("Remove", () => model.send({do: "remove", run: chosen}))
    const csv = button("Save as CSV", () => save("runs.csv", "text/csv", table()))
    const json = button("Save as JSON", () => save("runs.json", "application/json", listing()))

    const rows = () => model.get("runs").map(({settings, cpu_percent, delay_ms}) =>
        ({...settings, cpu_percent, delay_ms}))
    const listing = () => JSON.stringify(rows(), null, 1)

    function table() {
        const quoted = value => /[",]/.test(value) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`
        const all = rows()
        return [Object.keys(all[0]), ...all.map(Object.values)].map(cells => cells.map(quoted).join(",")).join("\n")
    }

    function save(name, type, words) {
        const link = document.createElement("a")
        link.href = URL.createObjectURL(new Blob([words + "\n"], {type}))
        link.download = name
        link.click()
        setTimeout(() => URL.revokeObjectURL(link.href), 10000)
        details.textContent = `Saved as ${name}.`
    }

    function say(before = "") {
        const run = model.get("runs")[chosen]
        details.textContent = run ? before + run.text : "Point at a dot, or choose it, to read what it was."
    }

    function add(tag, attributes, words) {
        const made = document.createElementNS(SVG, tag)
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
        if (words !== undefined) made.textContent = words
        return made
    }

    function choose(number) {
        chosen = number
        svg.querySelectorAll("[role=button]").forEach((dot, n) => dot.setAttribute("aria-pressed", n === number))
        svg.querySelectorAll("circle").forEach((dot, n) => dot.setAttribute("stroke-width", n === number ? 3 : 0))
        replay.disabled = !(model.get("runs")[chosen]?.recorded)
        remove.disabled = chosen === null
        say()
    }

    function draw() {
        const width = el.clientWidth, runs = model.get("runs"), ink = {fill: "currentColor", "font-size": 12}
        if (!width) return
        const x = ms => LEFT + (width - LEFT - RIGHT) * part(MS, ms)
        const y = percent => TOP + (HEIGHT - TOP - BOTTOM) * (1 - part(PERCENT, percent))
        const all = [add("text", {...ink, x: LEFT, y: 14, "font-weight": 600}, runs.length
            ? "Your runs: CPU of the thread (of one core) and delay" : "Your runs will be here")]
        const line = {stroke: "currentColor", "stroke-opacity": 0.25}
        for (const ms of [0.1, 1, 10, 100, 1000]) {
            all.push(add("line", {...line, x1: x(ms), x2: x(ms), y1: TOP, y2: HEIGHT - BOTTOM}))
            const words = ms < 1000 ? `${ms} ms` : "1 s"
            all.push(add("text", {...ink, x: x(ms), y: HEIGHT - 24, "text-anchor": "middle"}, words))
        }
        for (const percent of [0.1, 1, 10, 100]) {
            all.push(add("line", {...line, x1: LEFT, x2: width - RIGHT, y1: y(percent), y2: y(percent)}))
            all.push(add("text", {...ink, x: LEFT - 6, y: y(percent) + 4, "text-anchor": "end"}, `${percent} %`))
        }
        const middle = (LEFT + width - RIGHT) / 2
        all.push(add("text", {...ink, x: middle, y: HEIGHT - 6, "text-anchor": "middle"}, "delay (typical)"))
        const taken = runs.map(run => {
            const [left, top] = [x(run.delay_ms) - RADIUS, y(run.cpu_percent) - RADIUS]
            return [left, top, left + 2 * RADIUS, top + 2 * RADIUS]
        })
        runs.forEach((run, number) => {
            const [cx, cy] = [x(run.delay_ms), y(run.cpu_percent)], label = `${number + 1} ${run.name}`
            const dot = add("g", {role: "button", tabindex: 0, "aria-pressed": false, "aria-label": run.text})
            dot.style.cursor = "pointer"
            dot.append(add("circle", {cx, cy, r: RADIUS, fill: run.colour, stroke: "currentColor", "stroke-width": 0}))
            const long = label.length * LETTER
            const boxes = AROUND.map(([dx, dy]) => {
                const left = dx > 0 ? cx + dx : cx + dx - long
                return [left, cy + dy - 11, left + long, cy + dy + 3]
            }).filter(([left, top, right, bottom]) => left > LEFT && right < width && top > TOP && bottom < HEIGHT)
            const apart = box => taken.every(([left, top, right, bottom]) =>
                box[2] < left || box[0] > right || box[3] < top || box[1] > bottom)
            const box = boxes.find(apart) ?? boxes[0] ?? [cx, cy, cx, cy]
            taken.push(box)
            dot.append(add("text", {...ink, x: box[0], y: box[3] - 3}, label))
            dot.onmouseenter = () => { details.textContent = run.text }
            dot.onmouseleave = () => say()
            dot.onfocus = dot.onclick = () => choose(number)
            dot.onkeydown = event => { if (event.key === "Enter" || event.key === " ") replay.click() }
            all.push(dot)
        })
        svg.replaceChildren(...all)
        csv.disabled = json.disabled = !runs.length
        choose(chosen !== null && chosen < runs.length ? chosen : null)
    }

    function changed() {
        chosen = null
        draw()
    }

    model.on("change:runs", changed)
    const sizes = new ResizeObserver(draw)
    sizes.observe(el)
    draw()
    return () => {
        sizes.disconnect()
        model.off("change:runs", changed)
    }
}

export default {render}
