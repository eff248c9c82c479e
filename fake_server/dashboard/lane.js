// The call lane: a capsule for each attempt, a diamond for what it stored, a bar for the fault, a dotted line for the wait.
import { duration } from "./format.js";
import { html } from "./html.js";

const SAW = { reset: "reset", close: "close", hang: "hang", left: "left" };
const SHOWN = 4; // attempts of a row; the rest are counted
const SHOWN_NARROW = 2;
const TIMED = 3; // attempts beside which there is room for the length of each wait

export function capsule(attempt) {
  if (attempt.open) return { text: attempt.fault && attempt.fault.startsWith("hang") ? "hang" : "waiting…", tone: "open" };
  if (attempt.status === null || attempt.status === undefined || attempt.client_saw in SAW) return { text: SAW[attempt.client_saw] || attempt.client_saw || "no answer", tone: "bad" };
  const { status } = attempt;
  const spoilt = attempt.client_saw === "part" || attempt.client_saw === "spoilt";
  return { text: spoilt ? `${status} ${attempt.client_saw}` : String(status), tone: spoilt || status >= 500 ? "bad" : status >= 400 ? "warn" : "ok" };
}

// The length of a wait grows with its logarithm: a second and a minute are both seen.
const waitWidth = (seconds) => Math.round(6 + 10 * Math.log10(1 + Math.max(0, seconds) * 10));

function storedIn(attempt) {
  return typeof attempt.stored === "number" ? attempt.stored : (attempt.stored || []).length;
}

function Capsule({ attempt }) {
  const { text, tone } = capsule(attempt);
  const stored = storedIn(attempt);
  return html`<span class=${`capsule ${tone}`}>${attempt.fault ? html`<i class="met" title=${attempt.fault}></i>` : null}<span class="mono">${text}</span>
    ${Array.from({ length: Math.min(stored, 3) }, (_, at) => html`<svg key=${at} class="diamond" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false"><path d="M5 0l5 5-5 5-5-5z" fill="currentColor" /></svg>`)}</span>`;
}

function sayAttempt(attempt) {
  const { text } = capsule(attempt);
  const stored = storedIn(attempt);
  return `attempt ${attempt.number}: ${text}${stored ? `, stored ${stored === 1 ? "a memory" : `${stored} memories`}` : ""}${attempt.fault ? `, met the fault ${attempt.fault}` : ""}`;
}

export function Lane({ attempts, narrow }) {
  const terse = narrow || attempts.length > TIMED;
  const most = narrow ? SHOWN_NARROW : SHOWN;
  const shown = attempts.length > most ? [attempts[0], ...attempts.slice(1 - most)] : attempts;
  const hidden = attempts.length - shown.length;
  return html`<ol class="lane">${shown.map((attempt, at) => html`<li key=${attempt.number} class="row-of"><span class="hidden">${sayAttempt(attempt)}</span>
    ${at && attempt.waited !== null ? html`<span class="wait" aria-hidden="true"><i style=${{ width: `${terse ? 8 : waitWidth(attempt.waited)}px` }}></i>${terse ? null : html`<span class="mono">${duration(attempt.waited)}</span><i style=${{ width: `${waitWidth(attempt.waited)}px` }}></i>`}</span>` : null}
    ${at === 1 && hidden ? html`<span class="quiet">+${hidden}</span>` : null}<span aria-hidden="true"><${Capsule} attempt=${attempt} /></span></li>`)}</ol>`;
}

const STAGES = ["request", "checked", "committed", "answered"];
const CUTS = { request: 0, check: 1, commit: 2, answer: 3 };
const SAW_WORDS = {
  waiting: "nothing yet", answer: "the whole answer", part: "a part of the answer", spoilt: "a spoilt answer", sent: "sent, not confirmed",
  reset: "Connection reset, no answer", close: "Connection closed, no answer", hang: "Silence", left: "It left before the answer",
};

export function clientSaw(attempt) {
  const words = SAW_WORDS[attempt.client_saw] || attempt.client_saw;
  return attempt.status ? `${attempt.status}, ${words}` : words;
}

// The four stages of an attempt, and where a fault or a refusal cut it.
export function Stages({ attempt, endpoint, bytes }) {
  const reached = attempt.reached ? STAGES.indexOf(attempt.reached) : -1;
  const cut = attempt.cut === null || attempt.cut === undefined ? null : CUTS[attempt.cut];
  const stored = storedIn(attempt);
  const work = endpoint === "search" ? ["Searched", attempt.found === null || attempt.found === undefined ? "" : `${attempt.found} found`] : endpoint === "details" ? ["Looked up", ""] : ["Committed", stored ? `${stored} stored` : "nothing stored"];
  const names = [
    ["Request", "headers and body"], ["Checked", "key, limits, body"], work,
    [cut === 3 ? "Answer lost" : "Answered", cut === 3 ? SAW_WORDS[attempt.client_saw] || "" : attempt.status ? `${attempt.status}${bytes === null ? "" : `, ${bytes}`}` : ""],
  ];
  return html`<ol class="stages">${names.map(([name, detail], at) => {
    const state = at === cut ? "struck" : at <= reached ? "done" : "never";
    const words = { struck: "cut here", done: "reached", never: attempt.open ? "not yet" : "not reached" }[state];
    return html`<li key=${name} class=${`stage ${state}${at === 2 && stored ? " stored" : ""}`}><i aria-hidden="true"></i><strong>${name}</strong><span class="hidden">${words}. </span><span class="quiet">${state === "never" ? "" : detail}</span></li>`;
  })}</ol>`;
}

// All attempts of a call on one line of server time.
export function Timeline({ attempts }) {
  if (attempts.length < 2) return null;
  const start = Date.parse(attempts[0].at);
  const ends = attempts.map((each) => (Date.parse(each.at) - start) / 1000 + (each.duration || 0));
  const length = Math.max(...ends) || 1e-6;
  const at = (each) => (100 * (Date.parse(each.at) - start)) / 1000 / length;
  return html`<figure class="timeline"><div class="line" aria-hidden="true">${attempts.map((each) => html`<i key=${each.number} class=${capsule(each).tone} style=${{ left: `${Math.min(99, at(each))}%`, width: `${Math.max(1, (100 * (each.duration || 0)) / length)}%` }}></i>`)}</div>
    <div class="between mono quiet" aria-hidden="true"><span>0 s</span><span>${duration(length / 2)}</span><span>${duration(length)}</span></div>
    <figcaption class="hidden">${attempts.map((each) => `Attempt ${each.number} began after ${duration((Date.parse(each.at) - start) / 1000)}`).join(". ")}.</figcaption></figure>`;
}
