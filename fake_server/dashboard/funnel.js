// The funnel of a search: how many memories were left after each step, which step left none, and what helps.
import { clock, count, number } from "./format.js";
import { html } from "./html.js";
import { go } from "./route.js";
import { act, session } from "./session.js";

const CAUSES = { no_memories: "stored", context: "in_context", index_delay: "indexed", no_term: "matching", ranker: "matching", fault: "after_faults" };
const STEPS = ["stored", "in_context", "indexed", "matching", "after_faults", "returned"];

const inContext = (context) => (context ? `in context ${context}` : "in any context");

export function stepNames(context) {
  return { stored: "stored under the key", in_context: inContext(context), indexed: "past the index delay", matching: "hold a query term", after_faults: "left by faults", returned: "returned" };
}

// What each step took away, in words, as the search block of the server tells it.
function remark(step, search, { context, utc }) {
  const before = { in_context: search.stored, indexed: search.in_context, matching: search.indexed, after_faults: search.matching }[step];
  const gone = before === undefined ? 0 : before - search[step];
  const less = gone > 0 ? `\u2212${number(gone)}` : "";
  if (step === "in_context" && !context) return "no context asked";
  if (step === "indexed" && less && search.found_from) return `${less}, the first at ${clock(search.found_from, utc, false)}`;
  if (step === "matching" && search.left_out_matching) return `${less}${less ? ", " : ""}${number(search.left_out_matching)} of those left out ${search.left_out_matching === 1 ? "does" : "do"}`;
  if (step === "returned" && search.top_k) return `top_k ${search.top_k}`;
  return less;
}

export function Funnel({ search, context, utc, label = "Why nothing was found" }) {
  const marked = CAUSES[search.cause];
  const names = stepNames(context);
  return html`<ol class="funnel card" aria-label=${label}>${STEPS.filter((step) => search[step] !== undefined && search[step] !== null).map((step) => html`<li key=${step} class=${step === marked ? "marked" : search[step] ? "" : "none"}>
    <strong class="tally">${number(search[step])}</strong><span class="grow">${names[step]}${step === marked ? html`<span class="hidden"> (this step left none)</span>` : null}</span>
    <span class="quiet">${remark(step, search, { context, utc })}</span></li>`)}</ol>`;
}

export function causeSentence(search, context, utc) {
  const held = search.indexed !== undefined && search.in_context - search.indexed;
  const matching = search.matching_contexts || [];
  const elsewhere = search.elsewhere || [];
  return {
    no_memories: search.other_keys && search.other_keys.length
      ? `Nothing is stored under this key. ${search.other_keys.map((each) => `${count(each.stored, "memory", "memories")} ${each.stored === 1 ? "is" : "are"} stored under ${each.key_id} ${each.key}`).join(", ")}.`
      : "Nothing is stored under this key.",
    context: [`No memory has the context ${context}.`, matching.length ? `What matches has ${matching.map((each) => `${each.context || "no context"} (${number(each.matching)})`).join(", ")}.` : "",
      (search.similar_contexts || []).length ? `There is ${search.similar_contexts.join(", ")}: a context must be the same to the letter.` : ""].filter(Boolean).join(" "),
    index_delay: `${held === 1 ? "The one memory" : `The ${number(held || 0)} memories`} in reach ${held === 1 ? "was" : "were"} not past the index delay.${search.found_from ? ` The first is found from ${clock(search.found_from, utc, false)}.` : ""}`,
    no_term: ["No memory in reach holds a term of the query.", elsewhere.length ? `${elsewhere.map((each) => `${count(each.found, "memory", "memories")} under ${each.key_id}`).join(", ")} would be found: keys share no memories.` : ""].filter(Boolean).join(" "),
    ranker: "The fake's own search= returned none of the memories that it was given.",
    fault: "A fault left out what matched.",
  }[search.cause] || "Nothing was found.";
}

// The buttons that help, each of which does one thing that can be seen.
export function Remedies({ search, query, context, key_id, fault, at, onAgain }) {
  const later = search.found_from ? Math.max(1, Math.ceil((Date.parse(search.found_from) - Date.parse(at || search.found_from)) / 1000)) : 0;
  const search_ = (fields) => go("memories", { key: key_id, q: query, ...fields });
  const delay = async () => { await act("The index delay is 0.", "PUT", "settings", { indexing_delay: 0 }, { query: { key_id } }); };
  const advance = async () => { if (await act(`Time is ${later} s further.`, "POST", "clock/advance", { seconds: later }, {})) onAgain && onAgain(); };
  return html`<div class="row-of">
    ${search.cause === "index_delay" && later ? html`<button type="button" class="small" onClick=${advance}>Advance ${later} s</button>` : null}
    ${search.cause === "index_delay" ? html`<button type="button" class="small" onClick=${delay}>Set index delay to 0</button>` : null}
    ${search.cause === "context" ? html`<button type="button" class="small" onClick=${() => search_({ context: "" })}>Search all contexts</button>` : null}
    ${(search.similar_contexts || []).map((each) => html`<button key=${each} type="button" class="small named" onClick=${() => search_({ context: each })}>Search ${each}</button>`)}
    ${search.cause === "fault" && fault ? html`<button type="button" class="small" onClick=${() => go("faults", { key: key_id, script: fault })}>See the fault</button>` : null}
    ${[...(search.other_keys || []), ...(search.elsewhere || [])].map((each) => html`<button key=${each.key_id} type="button" class="small" onClick=${() => go("memories", { key: each.key_id, q: query, context })}>Search under ${each.key_id}</button>`)}
    <button type="button" class="small" onClick=${() => search_({ context })}>Search again now</button></div>`;
}
