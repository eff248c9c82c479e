// Faults: what is armed and spent, the presets, and a form that writes the script.
import { change, pathOf } from "../api.js";
import { EMPTY, KINDS, LIES, phases, readScript, withKind, writeScript } from "../fault_form.js";
import { clock, number } from "../format.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { Choice, Code, CopyButton, Tabs } from "../parts.js";
import { change as changeRoute, writeRoute } from "../route.js";
import { act, refreshFaults, session, tell } from "../session.js";
import { useStore } from "../store.js";

const CHECK_AFTER = 150; // milliseconds after the last key
const PRESETS = [
  ["Outage, 30 s", "outage(30s)", "*: 503 for 30s"], ["Brownout", "brownout", "*: 503 20%, slow(2s) 30%"], ["Flapping", "flapping", "*: 503 x2, ok x2, and so on"],
  ["Rate limited", "rate-limited", "*: 429(retry-after=2) x3"], ["Lost answers", "lost-answers", "*: reset @after 20%, close @after 10%"], ["Wrong search results", "search: stale(2), missing, shuffled", "search: stale(2), missing, shuffled"],
];
const STRIKES = {
  mid: ["Mid", "While the body arrives, nothing done"],
  before: ["Before", "Request read, nothing done"],
  after: ["After", "Done, then the answer is lost or spoiled"],
};

const armedWords = (armed) => (armed.length ? `${number(armed.length)} armed. ${armed.length === 1 ? "It waits" : "They wait"} for the next attempt at ${armed.length === 1 ? "its" : "their"} endpoint.` : "None armed.");

function Steps({ fault }) {
  const listed = fault.steps.reduce((sum, step) => sum + (step.left === null ? 0 : step.fired + step.left), 0);
  if (!listed || listed > 40) return null;
  const fired = fault.steps.reduce((sum, step) => sum + (step.left === null ? 0 : step.fired), 0);
  return html`<span class="steps" aria-hidden="true">${Array.from({ length: listed }, (_, at) => html`<i key=${at} class=${at < fired ? "done" : ""}></i>`)}</span>`;
}

function FaultCard({ fault, keys, onArm }) {
  const spent = fault.left === 0;
  const next = !spent && fault.steps.find((step) => step.left !== 0);
  const owner = keys.find((each) => each.key_id === fault.key_id);
  const query = { key_id: fault.key_id };
  const utc = useStore(session, (value) => value.utc);
  return html`<li class=${spent ? "card spent" : "card"} data-fault=${fault.id}>
    <div class="row-of"><code class="grow wrap">${fault.script}</code><span class="pill">${owner ? `Key ${owner.key_id} ${owner.key}` : fault.key_id ? `Key ${fault.key_id}` : "Each key"}</span>
      ${spent ? html`<button type="button" class="small" onClick=${() => onArm(fault.script, fault.key_id)}>Arm again</button>` : null}
      <button type="button" class="small" onClick=${async () => { if (await act(spent ? "The fault is gone." : "Disarmed.", "DELETE", pathOf`faults/${fault.id}`, undefined, { query })) refreshFaults(); }}>${spent ? "Clear" : "Disarm"}</button></div>
    <div class="row-of quiet facts-of"><${Steps} fault=${fault} />
      <span>${fault.left === null ? `Fired ${number(fault.fired)}. Stays until disarmed` : `Fired ${number(fault.fired)}, left ${number(fault.left)}`}</span>
      ${next && fault.steps.length > 1 ? html`<span>Next: <code>${next.text}</code></span>` : null}
      <span>Armed ${clock(fault.armed_at, utc, false)}</span>
      ${fault.last_call ? html`<span>Last: <a href=${writeRoute("calls", { open: fault.last_call })}>${fault.last_call}</a></span>` : null}</div></li>`;
}

function Picture({ phase }) {
  const cut = { mid: 12, before: 46, after: 110 }[phase];
  return html`<svg viewBox="0 0 124 16" width="124" height="16" aria-hidden="true" focusable="false">
    <path d="M6 8H118" class="dots" /><path d=${`M6 8H${cut}`} class="line" /><circle cx="6" cy="8" r="4" class="start" /><circle cx="118" cy="8" r="4" class="end" />
    <path d="M62 3l5 5-5 5-5-5z" class=${phase === "after" ? "stored" : "unstored"} /><path d=${`M${cut - 3} 5l6 6M${cut + 3} 5l-6 6`} class="hit" /></svg>`;
}

const Pick = ({ name, value, chosen, onChoose, children, disabled }) => html`<label class=${chosen ? "pick chosen" : "pick"}>
  <input type="radio" name=${name} value=${value} checked=${chosen} disabled=${disabled} onChange=${() => onChoose(value)} />${children}</label>`;

function Squiggle({ script, flaw }) {
  if (!flaw || !flaw.column) return null;
  const lines = script.split("\n");
  const line = lines[(flaw.line || 1) - 1] || "";
  const length = Math.max(1, flaw.length || 1);
  return html`<pre class="squiggle" aria-hidden="true">${line.slice(0, flaw.column - 1)}<u>${line.slice(flaw.column - 1, flaw.column - 1 + length) || " "}</u>${line.slice(flaw.column - 1 + length)}</pre>`;
}

function repaired(script, flaw) {
  const lines = script.split("\n");
  const at = (flaw.line || 1) - 1;
  const start = flaw.column - 1;
  lines[at] = lines[at].slice(0, start) + flaw.repair + lines[at].slice(start + (flaw.length || 0));
  return lines.join("\n");
}

const COPIES = {
  pytest: (script) => `@pytest.mark.octamem(faults=${JSON.stringify(script)})`,
  curl: (script, origin) => `curl -X POST ${origin}/_fake/faults -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify({ script }).replace(/'/g, "'\\''")}'`,
  command: (script) => `octamem-fake faults arm '${script.replace(/'/g, "'\\''")}'`,
  header: (script) => `X-OctaMem-Fault: ${script.replace(/\n/g, "; ")}`,
};

let draft = ""; // what was written and not armed: another view loses none of it

function Form({ start, keys, chosenKey }) {
  const [script, setScript] = useState(start || draft || writeScript(EMPTY));
  const [form, setForm] = useState(() => readScript(start || draft) || EMPTY);
  const [flaw, setFlaw] = useState(null);
  const [checked, setChecked] = useState(null); // the script of which the server has said what it is
  const [good, setGood] = useState(() => writeScript(EMPTY)); // the last script without an error
  const [key, setKey] = useState(chosenKey);
  const [tab, setTab] = useState("pytest");
  const [other, setOther] = useState(false);
  const field = useRef(null);

  useEffect(() => { if (start) write(start); }, [start]);
  useLayoutEffect(() => { draft = script; }, [script]); // at once: the next key may open another view
  useEffect(() => {
    let ended = false;
    const timer = setTimeout(async () => {
      try {
        const answer = await change("POST", "faults/check", { script });
        if (ended) return;
        setFlaw(answer.ok ? null : answer);
        if (answer.ok) setGood(script);
      } catch (error) {
        if (ended) return;
        setFlaw({ expected: "", message: error.message });
      }
      setChecked(script);
    }, CHECK_AFTER);
    return () => { ended = true; clearTimeout(timer); };
  }, [script]);

  function write(text) {
    setScript(text);
    const read = readScript(text);
    if (read) setForm(read);
  }
  const set = (changes) => {
    const next = { ...form, ...changes };
    setForm(next);
    setScript(writeScript(next));
  };
  const blocked = checked !== script ? "The script is being checked." : flaw ? "The script has an error." : "";
  const arm = async () => {
    if (blocked) return tell(blocked, { bad: true });
    if (await act(`Armed: ${script}`, "POST", "faults", { script }, { query: { key_id: key } })) {
      refreshFaults();
      changeRoute({ script: undefined }, { replace: true });
    }
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      arm();
    }
  };
  const isListed = KINDS.some(({ kinds }) => kinds.some(([kind]) => kind === form.kind));
  return html`<form class="pad form" onKeyDown=${onKeyDown} onSubmit=${(event) => { event.preventDefault(); arm(); }} aria-labelledby="arm-title">
    <h2 id="arm-title">Arm a fault</h2>
    <fieldset><legend>Endpoint</legend><div class="row-of">${[["*", "Any"], ["add", "add"], ["search", "search"], ["details", "details"]].map(([value, name]) =>
      html`<${Pick} key=${value} name="endpoint" value=${value} chosen=${form.endpoint === value} disabled=${form.kind in LIES && LIES[form.kind] !== value} onChoose=${(endpoint) => set({ endpoint })}>${name}<//>`)}</div></fieldset>
    <fieldset><legend>What happens</legend>${KINDS.map(({ group, kinds }) => html`<div key=${group} class="kinds"><span class="quiet">${group}</span><div class="row-of">
      ${kinds.map(([kind, name]) => html`<${Pick} key=${kind} name="kind" value=${kind} chosen=${kind === "other" ? other || !isListed : !other && form.kind === kind}
        onChoose=${() => { setOther(kind === "other"); if (kind !== "other") { const next = withKind(form, kind); setForm(next); setScript(writeScript(next)); } }}>${name}<//>`)}
      ${group === "Error status" && (other || !isListed) ? html`<label><span class="hidden">Status</span><input class="short" type="number" min="200" max="599" value=${isListed ? 418 : form.kind} onInput=${(event) => /^[2-5]\d\d$/.test(event.target.value) && set(withKind(form, event.target.value))} /></label>` : null}</div></div>`)}</fieldset>
    <fieldset><legend>Where it strikes</legend><div class="wheres">${["mid", "before", "after"].map((phase) =>
      html`<${Pick} key=${phase} name="phase" value=${phase} chosen=${form.phase === phase} disabled=${!phases(form.kind).includes(phase)} onChoose=${() => set({ phase })}>
        <span class="where"><strong>${STRIKES[phase][0]}</strong><${Picture} phase=${phase} /><span class="quiet">${STRIKES[phase][1]}</span></span><//>`)}</div></fieldset>
    <div class="fields"><fieldset><legend>How often</legend><div class="row-of">
      <${Pick} name="often" value="times" chosen=${form.often === "times"} onChoose=${(often) => set({ often })}>Times<//>
      <${Pick} name="often" value="percent" chosen=${form.often === "percent"} onChoose=${(often) => set({ often })}>%<//>
      <${Pick} name="often" value="for" chosen=${form.often === "for"} onChoose=${(often) => set({ often })}>For a time<//>
      ${form.often === "times" ? html`<label class="row-of"><input class="short" type="number" min="1" value=${form.times} onInput=${(event) => event.target.value && set({ times: Number(event.target.value) })} /> times</label>` : null}
      ${form.often === "percent" ? html`<label class="row-of"><input class="short" type="number" min="1" max="100" value=${form.percent} onInput=${(event) => event.target.value && set({ percent: Number(event.target.value) })} /> % of the attempts</label>` : null}
      ${form.often === "for" ? html`<label class="row-of"><input class="short" type="number" min="1" value=${form.seconds} onInput=${(event) => event.target.value && set({ seconds: Number(event.target.value) })} /> s</label>` : null}</div></fieldset>
      <${Choice} label="For" value=${key} onChange=${setKey} options=${[{ id: "", name: "Each key" }, ...keys.map((each) => ({ id: each.key_id, name: `${each.key_id} ${each.key}` }))]} /></div>
    <div class="field"><label for="script">Script (the form writes it, and you may write it yourself)</label>
      <textarea id="script" ref=${field} data-search class=${flaw ? "mono invalid" : "mono"} rows=${Math.max(1, script.split("\n").length)} spellcheck="false" value=${script}
        aria-invalid=${flaw ? "true" : "false"} aria-describedby="script-says" onInput=${(event) => write(event.target.value)}></textarea>
      <${Squiggle} script=${script} flaw=${flaw} />
      <p id="script-says" class=${flaw ? "bad" : "quiet"} aria-live="polite">${flaw ? html`<span>${flaw.column ? `Column ${flaw.column}: expected ${flaw.expected}, found ${flaw.found || "the end"}.` : flaw.message} </span>
        ${flaw.repair ? html`<button type="button" class="link" onClick=${() => write(repaired(script, flaw))}>Use ${flaw.repair}</button>` : null}` : "Arms beside those that are there. An attempt meets one: a client that retries twice fails at three."}</p></div>
    <div class="row-of"><button class="main" aria-disabled=${blocked ? "true" : "false"} aria-describedby="script-says">Arm <kbd>Ctrl Enter</kbd></button></div>
    <div class="between"><${Tabs} label="Copy the fault as" panel="fault-copy" value=${tab} onChange=${setTab} options=${[{ id: "pytest", name: "pytest" }, { id: "curl", name: "curl" }, { id: "command", name: "Command line" }, { id: "header", name: "Header" }]} />
      <${CopyButton} text=${COPIES[tab](good, location.origin)} hint="C" /></div>
    <div id="fault-copy" role="tabpanel" aria-label="The copy"><${Code} label="The copy" text=${COPIES[tab](good, location.origin)} /></div>
    ${flaw ? html`<p class="quiet">Shows the last script without an error.</p>` : null}</form>`;
}

export function Faults({ fields }) {
  const faults = useStore(session, (value) => value.faults);
  const keys = useStore(session, (value) => value.keys);
  useEffect(() => { refreshFaults().catch((error) => tell(error.message, { bad: true })); }, []);
  const mine = faults.filter((each) => !fields.key || !each.key_id || each.key_id === fields.key);
  const armed = mine.filter((each) => each.left !== 0);
  const spent = mine.filter((each) => each.left === 0);
  const arm = async (script, key_id) => { if (await act(`Armed: ${script}`, "POST", "faults", { script }, { query: { key_id } })) refreshFaults(); };
  const disarmAll = async () => { if (await act("All disarmed.", "DELETE", "faults", undefined, { query: { key_id: fields.key } })) refreshFaults(); };
  return html`<div class="view-head"><div class="grow"><h1 tabindex="-1">Faults</h1><span class="quiet">${armedWords(armed)}</span></div>
      ${armed.length ? html`<button type="button" onClick=${disarmAll}>Disarm all</button>` : null}</div>
    <div class="columns halves"><section class="column scroll" aria-label="Armed, spent and presets" tabindex="0"><div class="pad">
      <h2>Armed</h2>${armed.length ? html`<ul class="cards">${armed.map((fault) => html`<${FaultCard} key=${fault.id} fault=${fault} keys=${keys} onArm=${arm} />`)}</ul>` : html`<p class="quiet">No faults armed. Pick a preset, or use the form.</p>`}
      ${spent.length ? html`<h2>Spent</h2>${spent.some((each) => !each.key_id) ? html`<p class="quiet">Each key meets a fault for each key once through. A key that is new meets these too, until they are cleared.</p>` : null}<ul class="cards">${spent.map((fault) => html`<${FaultCard} key=${fault.id} fault=${fault} keys=${keys} onArm=${arm} />`)}</ul>` : null}
      <h2>Presets</h2><div class="presets">${PRESETS.map(([name, script, stands]) => html`<button key=${name} type="button" class="card preset" onClick=${() => changeRoute({ script }, { replace: true })}><strong>${name}</strong><code>${stands}</code></button>`)}</div></div></section>
      <section class="column scroll aside" aria-label="Arm a fault"><${Form} start=${fields.script} keys=${keys} chosenKey=${fields.key || ""} /></section></div>`;
}
