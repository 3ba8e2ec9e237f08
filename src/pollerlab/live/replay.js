// Recorded runs, for where no kernel runs: the reader picks one, and the drawing of the live page replays it.

function standIn(values) { // what the drawing wants of a widget's model
    const handlers = []
    return {
        get: name => values[name],
        on: (names, handler) => names.split(" ").forEach(name => handlers.push([name, handler])),
        send: message => handlers.forEach(([name, handler]) => name === "msg:custom" && handler(message)),
        set(changed) {
            Object.assign(values, changed)
            handlers.forEach(([name, handler]) => name.slice("change:".length) in changed && handler())
        },
    }
}

function make(tag, parent, style = "", words = "") {
    const made = document.createElement(tag)
    made.style.cssText = style
    made.textContent = words
    parent.append(made)
    return made
}

export function show(root, {controls, runs}, drawing) {
    root.replaceChildren()
    root.style.cssText = "font: 13px var(--jp-ui-font-family, sans-serif); color: var(--jp-ui-font-color1, #222)"
    const row = make("div", root, "display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center")
    const chosen = controls.map(({name, label}) => {
        const values = [...new Set(runs.map(run => run.settings[name]))]
        if (values.every(value => typeof value === "number")) values.sort((a, b) => a - b)
        const choice = make("select", make("label", row, "", `${label} `), LOOK)
        choice.setAttribute("aria-label", label)
        choice.append(...values.map((value, number) => new Option(value, number)))
        choice.onchange = () => pick(name)
        return {name, values, choice}
    })
    make("button", row, LOOK, "Replay").onclick = () => replay()
    make("span", row, "", "recorded: nothing is measured now")
    const lanes = make("div", root)
    const summary = make("div", root, "line-height: 1.4; padding: 4px 0")
    const code = make("pre", root, CODE)
    code.tabIndex = 0
    const longest = Math.max(...runs.map(({seen}) => seen.rows.samples.at(-1)[0] - seen.rows.samples[0][0]))
    const seconds = Math.min(MOST_SECONDS, Math.ceil(2 * longest) / 2)
    let run = runs[0]
    const ofRun = () => ({title: `Recorded: ${run.name}`, shown: {...run.shown, seconds}})
    const model = standIn({...ofRun(), running: false, past: run.seen.rows})
    drawing.render({model, el: lanes})
    tell()

    function tell() {
        for (const {name, values, choice} of chosen) choice.value = values.indexOf(run.settings[name])
        summary.textContent = run.seen.summary
        code.textContent = run.code
    }

    function pick(name) { // the run that has what was chosen there, and most of what the others say
        const wants = ({name, values, choice}) => values[choice.value]
        const fits = ({settings}) => chosen.filter(one => settings[one.name] === wants(one)).length
        const wanted = wants(chosen.find(one => one.name === name))
        run = runs.filter(({settings}) => settings[name] === wanted).sort((a, b) => fits(b) - fits(a))[0]
        tell()
        replay()
    }

    function replay() {
        model.set(ofRun())
        model.send({replay: run.seen.rows})
    }
}

const MOST_SECONDS = 6 // that are shown at a time, as on the live page
const LOOK = "font: inherit; color: inherit; padding: 3px 8px; background: var(--jp-layout-color2, #eee);"
    + "border: 1px solid var(--jp-border-color1, #aaa)"
const CODE = "font-size: 12px; line-height: 1.35; margin: 0; overflow: auto; background: none; border: 0;"
    + "padding: 0; color: inherit; white-space: pre"
