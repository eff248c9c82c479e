// One call, opened: what happened, each attempt to scale, why nothing was found, and copies of it.
import { get, pathOf, text } from "../api.js";
import { clock, duration, exact, size } from "../format.js";
import { Funnel, Remedies } from "../funnel.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { capsule, clientSaw, Stages, Timeline } from "../lane.js";
import { Code, CopyButton, Tabs } from "../parts.js";
import { change as changeRoute, go, writeRoute } from "../route.js";
import { act, session, tell } from "../session.js";
import { useStore } from "../store.js";

const COPIES = [{ id: "pytest", name: "pytest" }, { id: "curl", name: "curl" }, { id: "fault", name: "Fault script" }, { id: "request", name: "Request" }, { id: "answers", name: "Answers" }];

// Text in which `backticks` mark code, as the server writes its sentences.
const Worded = ({ text: words }) => words.split("`").map((piece, at) => (at % 2 ? html`<code key=${at}>${piece}</code>` : piece));

const HEADING = 300; // characters of a text that a heading has; the request has all of it
const shortened = (words) => (words.length > HEADING ? `${words.slice(0, HEADING)}…` : words);

const bytesOf = (value) => (value === null || value === undefined ? null : size(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)).length));

function waitWords(attempt, before) {
  const asked = before.retry_after;
  const how = asked === null || asked === undefined ? "the client chose this, no Retry-After was sent" : attempt.waited + 0.001 >= asked ? `Retry-After asked for ${duration(asked)}` : `Retry-After asked for ${duration(asked)}, which was not waited for`;
  return `waited ${duration(attempt.waited)} · ${how}`;
}

function kindWords(attempt) {
  if (attempt.number === 1) return "first";
  const key = attempt.same_idempotency_key === true ? ", same Idempotency-Key" : attempt.same_idempotency_key === false ? ", no Idempotency-Key" : "";
  return `${attempt.kind}${key}`;
}

function Attempt({ attempt, before, endpoint, key_id }) {
  const { text: shown, tone } = capsule(attempt);
  return html`<li>${before && attempt.waited !== null ? html`<p class="waited quiet">${waitWords(attempt, before)}</p>` : null}
    <div class="card attempt" data-attempt=${attempt.number}><div class="between"><span><strong>Attempt ${attempt.number}</strong> <span class="quiet">${kindWords(attempt)}${attempt.duration === null || attempt.duration === undefined ? "" : ` · ${duration(attempt.duration)}`}</span></span>
      ${attempt.fault ? html`<code class="pill fault">${endpoint || "*"}: ${attempt.fault}</code>` : html`<span class=${`pill ${tone === "open" ? "" : tone}`}>${shown}</span>`}</div>
      <${Stages} attempt=${attempt} endpoint=${endpoint} bytes=${bytesOf(attempt.response)} />
      <dl class="saw"><div><dt>Client saw</dt><dd>${clientSaw(attempt)}</dd></div><div><dt>Stored</dt><dd>${(attempt.stored || []).length ? attempt.stored.map((id) => html`<a key=${id} class="mono" href=${writeRoute("memories", { key: key_id, memory: id })}>${id}</a> `) : "nothing"}</dd></div></dl>
      ${(attempt.notes || []).length ? html`<ul class="quiet">${attempt.notes.map((note) => html`<li key=${note}>${note}</li>`)}</ul>` : null}</div></li>`;
}

// The memories that came nearest, as they are now; one that is deleted keeps its id.
function Nearest({ ids, key_id, query, context }) {
  const [found, setFound] = useState({});
  useEffect(() => {
    let ended = false;
    for (const id of ids) get(pathOf`memories/${id}`, { key_id }).then((answer) => { if (!ended) setFound((now) => ({ ...now, [id]: answer })); }, () => { if (!ended) setFound((now) => ({ ...now, [id]: { content: "no longer stored" } })); });
    return () => { ended = true; };
  }, [ids.join(), key_id]);
  return html`<ul class="card cards">${ids.map((id) => html`<li key=${id} class="between"><span><span class="content" dir="auto">${found[id] ? found[id].content : ""}</span>${found[id] && found[id].previousContext ? html` <span class="pill" dir="auto">${found[id].previousContext}</span>` : null}</span><a class="mono" href=${writeRoute("memories", { key: key_id, q: query, context, memory: id })}>${id}</a></li>`)}</ul>`;
}

const TONES = { answered: "ok", failed: "bad", refused: "bad", open: "" };

export function CallPane({ id, rev, tab = "pytest", onClose, onMove }) {
  const [call, setCall] = useState(null);
  const [gone, setGone] = useState(false);
  const [copy, setCopy] = useState({});
  const [turned, setTurned] = useState({}); // the setting that a button of this pane has changed
  const heading = useRef(null);
  const utc = useStore(session, (value) => value.utc);

  useEffect(() => {
    let ended = false;
    get(pathOf`calls/${id}`).then((answer) => { if (!ended) { setCall(answer); setGone(false); } }, (error) => { if (!ended && error.status === 404) setGone(true); });
    return () => { ended = true; };
  }, [id, rev]);
  useEffect(() => {
    let ended = false;
    text(pathOf`calls/${id}/copy`, { as: tab }).then((answer) => { if (!ended) setCopy({ id, tab, text: answer }); }, (error) => { if (!ended) setCopy({ id, tab, text: "", wrong: error.message }); });
    return () => { ended = true; };
  }, [id, rev, tab]);
  // Before the next key can be pressed: the heading of a call that has come takes the place of the one without it.
  useLayoutEffect(() => { if (heading.current && !document.activeElement?.closest("[data-rows]")?.dataset.keep) heading.current.focus(); }, [id, Boolean(call)]);

  const tools = html`<button type="button" class="plain" aria-label="Newer call" onClick=${() => onMove(-1)}><${Icon} name="up" /></button><button type="button" class="plain" aria-label="Older call" onClick=${() => onMove(1)}><${Icon} name="down" /></button>
    <button type="button" class="plain" aria-label="Copy the link" onClick=${() => navigator.clipboard?.writeText(location.href).then(() => tell("The link is copied."), () => tell(location.href))}><${Icon} name="link" /></button>
    <button type="button" class="plain" aria-label="Close" data-close onClick=${onClose}><${Icon} name="close" /></button>`;
  const onKeyDown = (event) => { if (event.key === "Escape") { event.stopPropagation(); onClose(); } };
  if (!call) return html`<aside class="pane" aria-label="A call" onKeyDown=${onKeyDown}><div class="pane-head row-of"><h2 class="grow" tabindex="-1" ref=${heading}>${gone ? `The call ${id} is no longer in the journal.` : `Call ${id}`}</h2>${tools}</div></aside>`;

  const attempts = call.attempts;
  const last = attempts[attempts.length - 1];
  const { verdict } = call;
  const block = last.search;
  const context = call.previousContext;
  const subject = typeof call.request === "object" && call.request ? call.request.content ?? call.request.query ?? "" : call.text || "";
  const tone = call.flags.includes("stored_twice") || call.flags.includes("nothing_found") ? "warn" : TONES[call.outcome];
  const [[setting, value]] = Object.entries(verdict.setting || { "": null });
  const set = async (value) => { if (await act(`${setting} is ${value} for ${call.key_id} from now on.`, "PUT", "settings", { [setting]: value }, { query: { key_id: call.key_id } })) setTurned({ id, value }); };
  const isOn = turned.id === id && turned.value === value;
  const armed = () => go("faults", { key: call.key_id, script: `${call.endpoint || "*"}: ${last.fault || attempts.map((each) => each.fault).find(Boolean) || "503"}` });
  return html`<aside class="pane" aria-label="A call" onKeyDown=${onKeyDown}><div class="pane-head"><div class="row-of nowrap"><h2 class="grow cut2" tabindex="-1" ref=${heading}>${call.endpoint || call.path || "unknown"}${subject ? html` · <bdi>${shortened(String(subject))}</bdi>` : ""}</h2>${tools}</div>
      <div class="facts"><span class="mono">${call.id}</span><span>Key <span class="mono">${call.key_id || ""} ${call.key || "none"}</span></span><span>${context ? html`Context <bdi>${context}</bdi>` : "No context"}</span><span class="mono" title=${exact(call.at)}>${clock(call.at, utc)}</span></div></div>
    <div class="scroll pad" tabindex="0" role="region" aria-label="What happened">
      <div class=${`verdict ${tone}`}><${Icon} name=${call.flags.includes("stored_twice") ? "warn" : call.flags.includes("nothing_found") ? "nothing" : call.outcome === "answered" ? "check" : call.outcome === "open" ? "time" : "cross"} /><div class="cards">
        <p><strong>${verdict.title}</strong> <${Worded} text=${verdict.text} /></p>${verdict.remedy ? html`<p class="quiet"><${Worded} text=${verdict.remedy} /></p>` : null}
        ${block && block.cause ? html`<${Remedies} search=${block} query=${subject} context=${context || ""} key_id=${call.key_id} fault=${last.fault ? `${call.endpoint}: ${last.fault}` : ""} at=${last.at} />`
          : verdict.setting ? html`<div class="row-of"><button type="button" class="small" onClick=${() => set(isOn ? !value : value)}>${isOn ? "Turn off again" : `Turn on for ${call.key_id}`}</button>${isOn ? html`<span><code>${setting}</code> is on for the next calls.</span>` : null}</div>` : null}</div></div>
      ${block && block.cause ? html`<div class="between"><h3>Why nothing was found</h3><span class="quiet">as the store was at ${clock(last.at, utc)}</span></div><${Funnel} search=${block} context=${context} utc=${utc} />
        ${(block.nearest || []).length ? html`<div class="between"><h3>Nearest ${block.nearest.length === 1 ? "memory" : "memories"}</h3><span class="quiet">left out</span></div><${Nearest} ids=${block.nearest} key_id=${call.key_id} query=${subject} context=${context} />` : null}` : null}
      ${attempts.length > 1 ? html`<div class="between"><h3>Timeline</h3><span class="quiet">server time, to scale</span></div><${Timeline} attempts=${attempts} />` : null}
      <div class="between"><h3>Attempts <span class="quiet">${attempts.length}</span></h3><button type="button" class="small" data-arm onClick=${armed}>Arm a fault like this <kbd>F</kbd></button></div>
      <ol class="attempts">${attempts.map((attempt, at) => html`<${Attempt} key=${attempt.seq ?? attempt.number} attempt=${attempt} before=${attempts[at - 1]} endpoint=${call.endpoint} key_id=${call.key_id} />`)}</ol></div>
    <div class="pane-foot"><div class="between"><${Tabs} label="Copy as" panel="copy" options=${COPIES} value=${tab} onChange=${(name) => changeRoute({ tab: name }, { replace: true })} />${copy.text ? html`<${CopyButton} text=${copy.text} hint="C" />` : null}</div>
      <div id="copy" role="tabpanel" aria-label="The copy"><${Code} label="The copy" text=${copy.wrong || copy.text || ""} /></div></div></aside>`;
}
