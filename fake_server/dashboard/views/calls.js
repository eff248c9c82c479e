// Calls: the list that one keeps open, live, filtered by the server, with one call opened beside it.
import { download, get } from "../api.js";
import { calls, hold, older, readFilter, release, show, waiting as waitingOf } from "../calls_model.js";
import { clock, count, duration, number } from "../format.js";
import { Component, html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { Lane } from "../lane.js";
import { focusRow, RowList } from "../list.js";
import { Chips, Code, CopyButton, useTick } from "../parts.js";
import { change as changeRoute } from "../route.js";
import { serverNow, session, tell } from "../session.js";
import { useStore } from "../store.js";
import { CallPane } from "./call.js";

const CHIPS = [["all", "All"], ["failed", "Failed", "bad"], ["retried", "Retried"], ["stored_twice", "Stored twice", "warn"], ["nothing_found", "Nothing found", "warn"], ["fault", "Met a fault", "fault"]];
const TONES = { stored_twice: ["warn", "warn"], nothing_found: ["warn", "nothing"], failed: ["bad", "cross"] };
const RATE_REFRESH = 5000; // milliseconds between looks at the rate: the server goes through its whole journal for it
const TYPED = 200; // milliseconds after the last key of the filter
const NARROW = "(max-width: 720px)";
const COMPACT = "(max-width: 1099px)"; // two attempts fit into a row, and the rest are counted

function useMedia(query) {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const look = () => setMatches(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, [query]);
  return matches;
}

function OpenFor({ since }) {
  useTick(500);
  const now = serverNow();
  const seconds = now ? (Date.parse(now) - Date.parse(since)) / 1000 : 0;
  return html`Open for ${duration(Math.max(0, seconds))}`;
}

// The milliseconds of the last attempt that a list knows of.
const latestOf = (byId) => [...byId.values()].reduce((latest, { attempts }) => Math.max(latest, attempts ? Date.parse(attempts[attempts.length - 1].at) : 0), 0);
const shortly = (result) => result.replace(/^Nothing found: (.)/, (_whole, first) => first.toUpperCase());

function Result({ call, short }) {
  if (call.outcome === "open") return html`<span class="quiet"><${OpenFor} since=${call.at} /></span>`;
  const flag = ["stored_twice", "nothing_found", "failed"].find((name) => call.flags.includes(name));
  if (!flag) return html`<span class="quiet">${call.result}</span>`;
  const [tone, icon] = TONES[flag];
  return html`<span class=${`row-of nowrap ${tone}`}><${Icon} name=${icon} /><span class="cut">${short ? shortly(call.result) : call.result}</span></span>`;
}

// The cells of a row, made again only when the call has changed.
class Row extends Component {
  shouldComponentUpdate({ call, phone, compact, open, utc }) {
    const now = this.props;
    return call.id !== now.call.id || call.rev !== this.rev || phone !== now.phone || compact !== now.compact || open !== now.open || utc !== now.utc;
  }

  render({ call, phone, compact, open, utc }) {
    this.rev = call.rev; // of what is shown: a call of the same id may be another value by then
    const what = call.text === null || call.text === undefined ? html`<span class="quiet">${call.endpoint === "details" ? "no body" : call.path || "no text"}</span>` : call.text.trim() === "" ? html`<span class="quiet">empty text</span>` : call.text;
    if (phone) return html`<span class="line" role="gridcell"><strong>${call.endpoint || "unknown"}</strong><span class="cut grow" dir="auto">${what}</span>${call.previousContext ? html`<span class="pill cut" dir="auto">${call.previousContext}</span>` : null}<span class="mono quiet">${clock(call.at, utc, false)}</span></span>
      <span class="line" role="gridcell"><${Lane} attempts=${call.attempts} narrow /><span class="grow mono quiet">${call.key_id || ""}</span><${Result} call=${call} /></span>`;
    return html`<span class="mono quiet" role="gridcell">${clock(call.at, utc)}</span><strong class="cut" role="gridcell">${call.endpoint || "unknown"}</strong>
      <span class="row-of nowrap" role="gridcell"><span class="cut" dir="auto">${what}</span>${call.previousContext && !open ? html`<span class="pill cut" dir="auto" title=${call.previousContext}>${call.previousContext}</span>` : null}</span>
      <span class="lane-cell" role="gridcell"><${Lane} attempts=${call.attempts} narrow=${open || compact} /></span><span class="cut" role="gridcell"><${Result} call=${call} short=${open} /></span>
      ${open ? null : html`<span class="mono quiet cut" role="gridcell">${call.key_id ? `${call.key_id} ` : ""}${call.key || "none"}</span>`}`;
  }
}

// From the top, with the keyboard there if it was in the list: the row that asked for it is gone.
async function readAgain(query) {
  const box = document.querySelector("[data-rows]");
  const hadFocus = box.contains(document.activeElement);
  await show(query);
  box.scrollTop = 0;
  if (hadFocus) focusRow(box, 0);
}

// In place of calls that the stream left out; the row itself is what one clicks, as with a call.
const Gap = ({ missing, columns }) => html`<span class="gap" role="gridcell" aria-colspan=${columns}>${count(missing, "call")} ${missing === 1 ? "is" : "are"} missing here. <button type="button" class="link" tabindex="-1">Load the list again</button></span>`;

function Rate() {
  const [stats, setStats] = useState(null);
  const key = useStore(session, (value) => value.key);
  useEffect(() => {
    let ended = false;
    const look = () => !document.hidden && get("stats", { window: 120, step: 1, key_id: key }).then((answer) => !ended && setStats(answer), () => {});
    look();
    const timer = setInterval(look, RATE_REFRESH);
    return () => { ended = true; clearInterval(timer); };
  }, [key]);
  if (!stats) return html`<div class="rate"></div>`;
  const totals = stats.t.map((_, at) => (stats.answered[at] || 0) + (stats.failed[at] || 0));
  const top = Math.max(1, ...totals);
  const all = totals.reduce((sum, value) => sum + value, 0);
  const shown = totals.length;
  return html`<div class="rate"><svg viewBox=${`0 0 ${shown * 4} 32`} preserveAspectRatio="none" role="img" aria-label=${`${count(all, "call")} in the last 2 minutes`}>
    ${totals.map((total, at) => total ? html`<g key=${stats.t[at]}><rect x=${at * 4} y=${32 - (32 * total) / top} width="3" height=${(32 * (total - (stats.failed[at] || 0))) / top} class="answered" /><rect x=${at * 4} y=${32 - (32 * (stats.failed[at] || 0)) / top} width="3" height=${(32 * (stats.failed[at] || 0)) / top} class="failed" /></g>` : null)}</svg>
    <span class="quiet">last 2 min · ${(all / 120).toFixed(1)} calls/s</span></div>`;
}

function Empty() {
  const url = location.origin;
  const keys = useStore(session, (value) => value.keys);
  const exports_ = `export OCTAMEM_BASE_URL=${url} OCTAMEM_API_KEY=your-api-key`;
  const python = `from octamem import OctaMem\n\nwith OctaMem() as client:\n    client.add(content="Ana drinks tea without milk.")\n    print(client.get(query="What does Ana drink?").format())`;
  const curl = `curl ${url}/api/memory/add -H "Authorization: Bearer $OCTAMEM_API_KEY" -H 'Content-Type: application/json' -d '{"content": "hello"}'`;
  return html`<div class="empty"><h2>No calls yet.</h2><p>Point a program at this server:</p>
    <div class="row-of"><span class="grow"><${Code} label="Exports" text=${exports_} /></span><${CopyButton} text=${exports_} /></div>
    <${Code} label="Python" text=${python} /><${Code} label="curl" text=${curl} /><p>Nothing arrives? Run <code>octamem-fake doctor</code>.</p></div>`;
}

export function Calls({ fields }) {
  const state = useStore(calls, (value) => value);
  const counts = useStore(session, (value) => value.counts);
  const utc = useStore(session, (value) => value.utc);
  const phone = useMedia(NARROW);
  const compact = useMedia(COMPACT);
  const [atTop, setAtTop] = useState(true);
  const [paused, setPaused] = useState(false);
  const [typed, setTyped] = useState(fields.filter || "");
  const typing = useRef(null);
  const { open, tab } = fields;
  const flag = fields.flag || (fields.outcome === "stored_twice" ? "stored_twice" : "all");

  const { key, filter = "", since, until, status, endpoint, outcome, fault, context } = fields;
  const query = useMemo(() => {
    const named = Object.fromEntries(Object.entries({ since, until, status, endpoint, outcome: outcome === "stored_twice" ? undefined : outcome, fault, context }).filter(([, value]) => value !== undefined));
    return { ...named, ...readFilter(filter), key_id: key, flag: flag === "all" ? undefined : flag };
  }, [key, filter, flag, since, until, status, endpoint, outcome, fault, context]);
  useEffect(() => { show(query); }, [query]);
  useLayoutEffect(() => { setTyped(filter); }, [filter]); // at once: later it would take back a letter typed meanwhile
  useEffect(() => () => clearTimeout(typing.current), []); // the next view has no filter
  // Before the browser paints: what waited comes in with the change that lets it in, and moves no row afterwards.
  useLayoutEffect(() => { hold(Boolean(open) || paused || !atTop); }, [open, paused, atTop]);
  useEffect(() => () => hold(false), []);

  const type = (text) => {
    setTyped(text);
    clearTimeout(typing.current);
    typing.current = setTimeout(() => changeRoute({ filter: text }, { replace: true }), TYPED);
  };
  const isGap = useCallback((id) => Boolean(state.byId.get(id)?.missing), [state.byId]);
  const openCall = useCallback((id, { keepFocus } = {}) => {
    if (isGap(id)) return void readAgain(query);
    const box = document.querySelector("[data-rows]");
    if (box) { if (keepFocus) box.dataset.keep = "yes"; else delete box.dataset.keep; }
    changeRoute({ open: id }, { replace: Boolean(open) });
  }, [open, isGap, query]);
  const close = () => {
    const id = open;
    changeRoute({ open: undefined, tab: undefined });
    requestAnimationFrame(() => document.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus());
  };
  const move = (by) => { const ids = state.rows.filter((id) => !isGap(id)); const to = ids[ids.indexOf(open) + by]; if (to) openCall(to); };
  const newest = () => { release(); const box = document.querySelector("[data-rows]"); if (box) box.scrollTop = 0; };
  // Nothing is deleted: only what came before is hidden, which a link can say and one click takes back.
  // Later than each call that is shown: the page knows the server's time as of an answer, which may have come late.
  const clear = () => changeRoute({ since: new Date(Math.max(Date.parse(serverNow() || new Date().toISOString()), latestOf(state.byId) + 1)).toISOString(), until: undefined, open: undefined, tab: undefined });
  const exportCalls = () => download("calls", query, "calls.json").catch((error) => tell(error.message, { bad: true }));

  const waiting = waitingOf(state);
  const nothing = state.loaded && !state.rows.length && !waiting;
  const headings = phone ? null : ["Time", "Endpoint", "Request", "Attempts", open && flag === "nothing_found" ? "Why" : "Result", ...(open ? [] : ["Key"])];
  const shownOpen = open && state.byId.get(open);
  return html`<div class="view-head"><div class="grow"><h1 tabindex="-1">Calls</h1></div><button type="button" onClick=${clear}>Clear</button><button type="button" onClick=${exportCalls}>Export</button></div>
    <div class="pad tight"><${Chips} label="Which calls" value=${flag} onChange=${(id) => changeRoute({ flag: id === "all" ? undefined : id, outcome: undefined }, { replace: true })} options=${CHIPS.map(([id, name, tone]) => ({ id, name, tone, tally: counts ? number(counts[id] || 0) : undefined }))} />
      ${open && !phone ? null : html`<div class="row-of nowrap filter"><div class="searchbox grow"><${Icon} name="search" /><input type="search" data-search aria-label="Filter calls" placeholder=${phone ? "Filter calls" : "Filter: text, endpoint:add, status:503, context:Orders, fault:reset"} value=${typed} onInput=${(event) => type(event.target.value)} /><kbd>/</kbd></div>
        ${phone ? null : html`<select aria-label="Endpoint" value=${endpoint || ""} onChange=${(event) => changeRoute({ endpoint: event.target.value }, { replace: true })}>${[["", "Any endpoint"], ["add", "add"], ["search", "search"], ["details", "details"], ["none", "unknown path"]].map(([id, name]) => html`<option key=${id} value=${id} selected=${id === (endpoint || "")}>${name}</option>`)}</select>
        <select aria-label="Outcome" value=${outcome || ""} onChange=${(event) => changeRoute({ outcome: event.target.value }, { replace: true })}>${[["", "Any outcome"], ["open", "Open"], ["answered", "Answered"], ["refused", "Refused"], ["failed", "Failed"]].map(([id, name]) => html`<option key=${id} value=${id} selected=${id === (outcome || "")}>${name}</option>`)}</select>`}
        <button type="button" data-pause aria-pressed=${paused ? "true" : "false"} onClick=${() => setPaused(!paused)}><${Icon} name=${paused ? "play" : "pause"} />${phone ? html`<span class="hidden">${paused ? "Resume" : "Pause"}</span>` : html`${paused ? "Resume" : "Pause"} <kbd>P</kbd>`}</button></div>`}
      ${since || until ? html`<div class="row-of"><span class="pill">${since ? `since ${clock(since, utc)}` : ""}${until ? ` until ${clock(until, utc)}` : ""}</span><button type="button" class="link" onClick=${() => changeRoute({ since: undefined, until: undefined })}>Show all times</button></div>` : null}
      ${state.wrong ? html`<p class="bad" role="alert">${state.wrong}</p>` : null}</div>
    <div class=${open ? "columns with-pane" : "columns"}><section class="column calls" aria-label="Calls">
      ${open || phone ? null : html`<${Rate} />`}
      <div class="newcalls">${waiting || state.stale ? html`<button type="button" class="main" data-newest onClick=${newest}><${Icon} name="up" />${waiting ? count(waiting, "new call") : "New calls"}</button>` : html`<button type="button" data-newest hidden onClick=${newest}>Newest</button>`}</div>
      ${nothing ? (flag !== "all" || filter || since || until || endpoint || outcome ? html`<div class="empty"><h2>${flag === "all" && !filter && !endpoint && !outcome && since && !until ? `No calls since ${clock(since, utc)}. New ones appear here.` : "No call passes the filter."}</h2><p><button type="button" class="link" onClick=${() => changeRoute({ flag: undefined, filter: undefined, since: undefined, until: undefined, endpoint: undefined, outcome: undefined, status: undefined, fault: undefined, context: undefined })}>Show all calls</button></p></div>` : html`<div class="scroll" tabindex="0" role="region" aria-label="How to begin"><${Empty} /></div>`)
        : html`<div class=${phone ? "calls-list phone" : open ? (flag === "nothing_found" ? "calls-list narrow why" : "calls-list narrow") : "calls-list"} onScrollCapture=${(event) => { const box = event.target; if (box.scrollTop + box.clientHeight > box.scrollHeight - 1200) older(); }}><${RowList} rows=${state.rows} height=${phone ? 66 : 40} selected=${open} columns=${phone ? 2 : headings.length} headings=${headings} label="Calls" onOpen=${openCall} isPassed=${isGap} onTop=${setAtTop}
          render=${(id) => { const call = state.byId.get(id); return !call ? null : call.missing ? html`<${Gap} key=${id} missing=${call.missing} columns=${phone ? 2 : headings.length} />` : html`<${Row} key=${id} call=${call} phone=${phone} compact=${compact} open=${Boolean(open)} utc=${utc} />`; }} /></div>`}
      ${phone ? null : html`<footer class="legend quiet"><span class="row-of"><svg class="diamond store" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><path d="M5 0l5 5-5 5-5-5z" fill="currentColor" /></svg>stored a memory</span><span class="row-of"><i class="met"></i>met a fault</span><span class="row-of"><i class="dotted"></i>wait, in server time (not to scale)</span><span class="grow"></span>
        ${open ? null : html`<span>${counts ? `${count(counts.all, "call")} · ` : ""}${number(state.dropped)} dropped from the journal</span>`}</footer>`}</section>
      ${open ? html`<${CallPane} key=${open} id=${open} rev=${shownOpen ? shownOpen.rev : 0} tab=${tab} onClose=${close} onMove=${move} />` : null}</div>`;
}
