// Memories: what is stored, and what a search would find and why.
import { change, download, get, inOrder, pathOf, upload } from "../api.js";
import { clock, count, exact, number, ordinal, signed } from "../format.js";
import { Remedies, causeSentence, stepNames } from "../funnel.js";
import { html, useCallback, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { Chips, Code, CopyButton, Dialog, Marked } from "../parts.js";
import { change as changeRoute, writeRoute } from "../route.js";
import { act, onFrame, refreshKeys, session, tell } from "../session.js";
import { useSteady } from "../steady.js";
import { useStore } from "../store.js";

const PAGE = 200;
const KEYS = 8; // that are offered where none is chosen
const TYPES = ["semantic", "episodic", "procedural"];
const ADJUSTMENTS = { coverage_penalty: "Missing terms", stop_word_bonus: "Stop words", proximity_bonus: "Proximity bonus", question_penalty: "A question", follow_up_bonus: "Follow-up bonus", recency_bonus: "Newer" };

const idOf = (memory) => memory.id;
// How many of the terms that ask for something it holds; a stop word asks for nothing.
function termsHeld(hit) {
  const content = hit.terms.filter((term) => !term.stop_word);
  return `${content.filter((term) => term.matched.length).length} of ${count(content.length, "term")}`;
}
const termsOf = (hit) => (hit.terms || []).flatMap((term) => term.matched);

function Terms({ hits }) {
  const seen = new Map();
  for (const hit of hits) for (const term of hit.terms) if (!seen.has(term.word) || term.matched.length) seen.set(term.word, term);
  if (!seen.size) return null;
  return html`<ul class="row-of" aria-label="Query terms">${[...seen.values()].map((term) => html`<li key=${term.word} class=${term.stop_word ? "term stop" : "term"}><code>${term.word}</code>
    ${term.stop_word ? html` <span class="quiet">stop word</span>` : term.corrected ? html` <span class="ok">corrected to ${term.corrected}</span>` : term.matched.length && !term.matched.includes(term.word) ? html` <span class="ok">matches ${term.matched.join(", ")}</span>` : null}
    ${term.matched.length || term.stop_word ? null : html` <span class="quiet">not found</span>`}</li>`)}</ul>`;
}

function Breakdown({ hit }) {
  const rows = [
    ...hit.terms.filter((term) => term.partial_score).map((term) => [term.matched.length && term.matched[0] !== term.word ? `${term.word} → ${term.matched[0]}` : term.word, term.partial_score, "ok"]),
    ...Object.entries(hit.adjustments).filter(([, value]) => value).map(([name, value]) => [ADJUSTMENTS[name] || name, value, value < 0 ? "bad" : "accent"]),
  ];
  const widest = rows.reduce((sum, [, value]) => sum + Math.max(0, value), 0) || 1;
  let at = 0;
  return html`<table class="breakdown"><caption class="hidden">Score breakdown</caption><tbody>${rows.map(([name, value, tone]) => {
    const left = value < 0 ? at + value : at;
    at += value;
    return html`<tr key=${name}><th scope="row"><code>${name}</code></th><td class="bar" aria-hidden="true"><i class=${tone} style=${{ marginLeft: `${Math.max(0, (100 * left) / widest)}%`, width: `${Math.max(1, (100 * Math.abs(value)) / widest)}%` }}></i></td><td class="num">${signed(value, 2)}</td></tr>`;
  })}</tbody><tfoot><tr><th scope="row">Total</th><td></td><td class="num"><strong>${(hit.value || 0).toFixed(2)}</strong></td></tr></tfoot></table>${(hit.notes || []).length ? html`<ul class="quiet">${hit.notes.map((note) => html`<li key=${note}>${note}</li>`)}</ul>` : null}`;
}

const drafts = new Map(); // what was typed and not saved, by memory: Esc loses none of it

const valueOf = (form) => {
  const data = new FormData(form);
  return { content: data.get("content"), previousContext: data.get("context"), type: data.get("type") };
};

function Edit({ memory, query, onClose, onDone }) {
  const [wrong, setWrong] = useState("");
  const own = `${query.key_id} ${memory ? memory.id : ""}`;
  const [draft] = useState(drafts.get(own));
  const shown = draft || memory || {};
  const cancel = () => { drafts.delete(own); onClose(); };
  const save = async (event) => {
    event.preventDefault();
    const value = valueOf(event.target);
    try {
      const answer = memory ? await change("PUT", pathOf`memories/${memory.id}`, value, { query }) : await change("POST", "memories", { memories: [value] }, { query });
      drafts.delete(own);
      tell(memory ? "The memory is changed." : "The memory is stored.", { undo: answer.undo });
      onDone();
    } catch (error) {
      setWrong(error.message);
    }
  };
  return html`<${Dialog} title=${memory ? "Edit the memory" : "Add a memory"} onClose=${onClose} isForm><form onSubmit=${save} onInput=${(event) => drafts.set(own, valueOf(event.currentTarget))} onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.currentTarget.requestSubmit()}>
    <label class="field"><span>Content</span><textarea name="content" rows="5" required>${shown.content || ""}</textarea></label>
    <div class="fields"><label class="field grow"><span>Context</span><input name="context" value=${shown.previousContext || ""} /></label>
      <label class="field"><span>Type</span><select name="type">${TYPES.map((type) => html`<option key=${type} selected=${shown.type === type}>${type}</option>`)}</select></label></div>
    ${draft ? html`<p class="quiet">This is what you typed before. Cancel drops it.</p>` : null}
    ${wrong ? html`<p class="bad" role="alert">${wrong}</p>` : null}
    <div class="row-of end"><button type="button" onClick=${cancel}>Cancel</button><button class="main">Save <kbd>Ctrl Enter</kbd></button></div></form><//>`;
}

function Pane({ memory, hit, rank, query, onClose, onEdit, onGone, copy }) {
  const utc = useStore(session, (value) => value.utc);
  const heading = useRef(null);
  useLayoutEffect(() => { if (heading.current) heading.current.focus(); }, [memory.id]); // so that Esc closes what is seen
  const remove = async () => { if (await act("The memory is deleted.", "DELETE", pathOf`memories/${memory.id}`, undefined, { query })) onGone(); };
  return html`<aside class="pane" aria-label="A memory" onKeyDown=${(event) => event.key === "Escape" && onClose()}>
    <div class="pane-head"><div class="row-of"><h2 class="grow" tabindex="-1" ref=${heading}>${hit ? (rank ? `Why it is ${ordinal(rank)}` : "Why it is left out") : "Memory"}</h2>
      <button type="button" class="small" onClick=${onEdit}>Edit</button><button type="button" class="small danger" onClick=${remove}>Delete</button>
      <button type="button" class="plain" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button></div></div>
    <div class="scroll pad" tabindex="0" role="region" aria-label="The memory"><p class="content" dir="auto">${hit ? html`<${Marked} text=${memory.content} terms=${termsOf(hit)} />` : memory.content}</p>
      ${hit && hit.why && hit.why.length ? html`<ul>${hit.why.map((why) => html`<li key=${why} class="warn">${why}</li>`)}</ul>` : null}
      ${hit && hit.copy ? html`<p>It is the query itself, word for word.</p>` : null}
      ${hit && hit.terms && hit.value !== null && !hit.copy ? html`<div class="between"><h3>Score breakdown</h3><span class="quiet">sets the order</span></div><div class="card"><${Breakdown} hit=${hit} /></div>
        <p class="quiet">Rare terms count for more, and a corrected term for less.</p>` : null}
      <h3>Memory</h3><dl class="pairs"><dt>Id</dt><dd><code>${memory.id}</code></dd><dt>Context</dt><dd><bdi>${memory.previousContext || "none"}</bdi></dd><dt>Type</dt><dd>${memory.type}</dd>
        ${memory.source ? html`<dt>Source</dt><dd>${memory.source}</dd>` : null}
        ${memory.created_at ? html`<dt>Stored</dt><dd class="mono" title=${exact(memory.created_at)}>${exact(memory.created_at)}</dd>` : null}
        <dt>By call</dt><dd><a href=${writeRoute("calls", { key: query.key_id, endpoint: "add", filter: asFilter(memory.content) })}>Calls that sent it</a></dd></dl>
      <div class="between"><h3>Copy as</h3><${CopyButton} text=${copy} hint="C" /></div><${Code} label="The copy" text=${copy} /></div></aside>`;
}

const python = (text) => JSON.stringify(text);
// The beginning of a text as a filter of the calls, in which a word and a colon would mean a field.
const asFilter = (text) => text.split(/[:\n]/)[0].slice(0, 60).trim();

export function Memories({ fields }) {
  const keys = useStore(session, (value) => value.keys);
  const utc = useStore(session, (value) => value.utc);
  const key_id = fields.key || "";
  // A memory is stored under one key: without a choice, that of the first key that has some.
  const shownKey = keys.find((each) => (key_id ? each.key_id === key_id : each.memories)) || keys.find((each) => !key_id || each.key_id === key_id);
  const searchKey = key_id || (shownKey ? shownKey.key_id : "");
  const [list, setList] = useState({ memories: [], next: null, loaded: false });
  const [single, setSingle] = useState(null); // an opened memory that the list does not have
  const [reason, setReason] = useState(null); // why the opened memory is left out
  const [found, setFound] = useState(null);
  const [wrong, setWrong] = useState("");
  const [editing, setEditing] = useState(null);
  const [typed, setTyped] = useState(fields.q || "");
  const chooser = useRef(null);
  const { q, context = "", memory: open } = fields;
  const [shown, aiming] = useSteady(list.memories, idOf);
  const [listsInOrder] = useState(inOrder);
  const [searchesInOrder] = useState(inOrder);

  const load = useCallback(async (before) => {
    try {
      const asked = async () => (searchKey ? get("memories", { key_id: searchKey, limit: PAGE, before }) : { memories: [], next: null });
      await listsInOrder(asked, (answer) => {
        const newest = answer.memories.reverse(); // the server lists the oldest first
        setList((now) => ({ memories: before ? [...now.memories, ...newest] : newest, next: answer.next, loaded: true }));
      });
    } catch (error) {
      if (error.status) setWrong(error.message);
    }
  }, [searchKey]);
  const search = useCallback(async () => {
    setWrong("");
    try {
      await searchesInOrder(async () => (q && searchKey ? get("explain", { key_id: searchKey, query: q, previousContext: context }) : null), setFound);
    } catch (error) {
      setFound(null);
      setWrong(error.message);
    }
  }, [q, context, searchKey]);
  const again = useCallback(() => { load(); search(); refreshKeys(); }, [load, search]);

  useEffect(() => { load(); }, [load]);
  useEffect(() => { search(); }, [search]);
  useLayoutEffect(() => { setTyped(q || ""); }, [q]);
  useEffect(() => {
    let timer = null;
    const stop = onFrame((frame) => {
      const stores = frame.event === "undone" || frame.event === "resync" || (frame.event === "calls" && frame.data.calls.some((call) => call.endpoint === "add"));
      if (stores && timer === null && !list.next) timer = setTimeout(() => { timer = null; load(); }, 1000);
    });
    return () => { clearTimeout(timer); stop(); };
  }, [load, list.next]);

  const ask = (event) => { event.preventDefault(); changeRoute({ q: typed, memory: undefined }); };
  const openMemory = (id) => changeRoute({ memory: id });
  const close = () => changeRoute({ memory: undefined });
  const everywhere = keys.reduce((sum, each) => sum + (each.memories || 0), 0);
  const holding = keys.filter((each) => each.memories);
  const stored = shownKey ? shownKey.memories || 0 : 0;
  const query = { key_id: searchKey };
  const hits = found ? found.hits : [];
  const leftOut = found ? found.left_out.memories : [];
  const isHit = hits.some((each) => each.id === open);
  const asReason = (reason && reason.id === open && !isHit ? reason : null) || [...hits, ...leftOut].find((each) => each.id === open);
  // One that is left out has its terms and scores only if it is asked for.
  useEffect(() => {
    let ended = false;
    if (found && open && !isHit) get("explain", { key_id: searchKey, query: q, previousContext: context, memory: open, limit: 0 }).then((answer) => { if (!ended) setReason(answer.memory); }, () => { if (!ended) setReason(null); });
    return () => { ended = true; };
  }, [found, open, isHit]);
  const listed = list.memories.find((each) => each.id === open) || (single && single.id === open ? single : undefined);
  const opened = asReason ? { ...listed, ...asReason } : listed;
  useEffect(() => {
    let ended = false;
    if (open && searchKey && list.loaded && !list.memories.some((each) => each.id === open)) {
      get(pathOf`memories/${open}`, { key_id: searchKey }).then((answer) => { if (!ended) setSingle(answer); }, (error) => { if (!ended) { setSingle(null); if (error.status === 404) setWrong(`The memory ${open} is no longer stored.`); } });
    }
    return () => { ended = true; };
  }, [open, searchKey, list.loaded]);
  const moreLeftOut = async () => {
    try {
      const answer = await get("explain", { key_id: searchKey, query: q, previousContext: context, offset: found.left_out.next });
      setFound({ ...found, left_out: { ...answer.left_out, memories: [...leftOut, ...answer.left_out.memories] } });
    } catch (error) {
      setWrong(error.message);
    }
  };
  const contexts = [...new Set([...list.memories.map((each) => each.previousContext), context].filter(Boolean))].sort();
  const block = found && found.search;
  const copy = q ? `octamem_fake.explain(${python(q)}${context ? `,\n    previous_context=${python(context)}` : ""})` : opened ? `octamem_fake.remember([{"content": ${python(opened.content)},\n    "previousContext": ${python(opened.previousContext || "")}}])` : "";
  const importFile = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      const answer = await upload("memories.jsonl", query, file);
      tell(`${count(answer.stored, "memory", "memories")} imported.`);
      again();
    } catch (error) {
      tell(error.message, { bad: true });
    }
    event.target.value = "";
  };

  return html`<div class="view-head"><div class="grow"><h1 tabindex="-1">Memories</h1><span class="quiet">${number(stored)} stored under ${shownKey ? html`${shownKey.key_id} <span class="mono">${shownKey.key}</span>` : "any key"}${everywhere > stored ? `, ${number(everywhere)} under all keys` : ""}</span></div>
      <input type="file" hidden ref=${chooser} accept=".jsonl,.ndjson,.txt" onChange=${importFile} />
      <button type="button" aria-disabled=${searchKey ? "false" : "true"} onClick=${() => (searchKey ? chooser.current.click() : tell("Choose a key first: memories are imported under one.", { bad: true }))}>Import</button>
      <button type="button" onClick=${() => download("memories.jsonl", { key_id: searchKey }, "memories.jsonl").catch((error) => tell(error.message, { bad: true }))}>Export</button>
      <button type="button" class="main" aria-disabled=${searchKey ? "false" : "true"} onClick=${() => (searchKey ? setEditing("new") : tell("Choose a key first: a memory is stored under one.", { bad: true }))}>Add memory</button></div>
    <div class=${opened ? "columns with-pane" : "columns"}><section class="column" aria-label="Memories">
      <form class="pad tight" onSubmit=${ask}><div class="searchbox"><${Icon} name="search" /><input type="search" data-search aria-label="Search as the service would" placeholder="Search as the service would" value=${typed} onInput=${(event) => setTyped(event.target.value)} /><kbd>/</kbd></div>
        <div class="row-of"><label class="row-of"><span>Context</span><input class="context" list="contexts" key=${context} defaultValue=${context} placeholder="all" onChange=${(event) => changeRoute({ context: event.target.value }, { replace: true })} /></label>
          <datalist id="contexts">${contexts.map((each) => html`<option key=${each} value=${each} />`)}</datalist><button class="small">Search</button>
          ${q ? html`<button type="button" class="small" onClick=${() => changeRoute({ q: undefined, context: undefined, memory: undefined })}>Show all</button>` : null}
          <span class="quiet">Asks as the service would. Counts no usage and meets no fault.</span></div>
        ${!key_id && holding.length > 1 ? html`<div class="row-of"><span>Keys share no memories. Shown are those of</span><${Chips} label="Of which key" value=${searchKey} onChange=${(id) => changeRoute({ key: id, memory: undefined })} options=${holding.slice(0, KEYS).map((each) => ({ id: each.key_id, name: each.key_id, tally: number(each.memories) }))} />${holding.length > KEYS ? html`<span class="quiet">and ${count(holding.length - KEYS, "other key")}</span>` : null}</div>` : null}
        ${q && !searchKey ? html`<p class="warn">Choose a key: a search is made under one.</p>` : null}
        ${wrong ? html`<p class="bad" role="alert">${wrong}</p>` : null}</form>
      <div class="scroll" tabindex="0" role="region" aria-label=${q ? "Search results" : "Stored memories"}>
      ${q && found ? html`<div class="pad tight">${block ? html`<ol class="funnel-row" aria-label="The search, step by step">${["stored", "in_context", "indexed", "matching", "returned"].filter((step) => typeof block[step] === "number").map((step) => html`<li key=${step} class=${step === "returned" && block.returned ? "good" : block[step] ? "" : "none"}><strong>${number(block[step])}</strong><span>${stepNames(context)[step]}</span></li>`)}</ol>` : null}
          <${Terms} hits=${hits} />
          ${hits.length ? null : html`<div class="verdict warn"><${Icon} name="nothing" /><div class="cards"><p><strong>Nothing found.</strong> ${block ? causeSentence(block, context, utc) : ""}</p>${block ? html`<${Remedies} search=${block} query=${q} context=${context} key_id=${searchKey} at=${found.at} onAgain=${again} />` : null}</div></div>`}</div>
        ${hits.length ? html`<div class="pad tight between"><h2 class="minor">Found</h2><span class="quiet">${number(hits.length)}</span></div>` : null}
        <ol class="items">${hits.map((hit) => html`<li key=${hit.id} class=${hit.id === open ? "open" : ""}><button type="button" class="item" data-id=${hit.id} aria-expanded=${hit.id === open ? "true" : "false"} onClick=${() => openMemory(hit.id)}><span class="rank quiet">${hit.rank}</span>
          <span class="grow"><span class="content cut2" dir="auto"><${Marked} text=${hit.content} terms=${termsOf(hit)} /></span><span class="quiet"><bdi>${hit.previousContext || "no context"}</bdi> · ${termsHeld(hit)}</span></span>
          <span class="score"><span class="between"><span class="quiet">Score</span><strong>${hit.score === null ? "" : hit.score.toFixed(4)}</strong></span><span class="meter" aria-hidden="true"><i style=${{ width: `${100 * (hit.score || 0)}%` }}></i></span></span></button></li>`)}</ol>
        ${leftOut.length ? html`<div class="pad tight between"><h2 class="minor">Left out</h2><span class="quiet">${number(found.left_out.total)}</span></div><ul class="items">${leftOut.map((each) => html`<li key=${each.id} class=${each.id === open ? "open" : ""}><button type="button" class="item" data-id=${each.id} onClick=${() => openMemory(each.id)}><${Icon} name="nothing" /><span class="grow"><span class="content cut2" dir="auto">${each.content}</span><span class="quiet">${(each.why || []).join("; ")}</span></span></button></li>`)}</ul>
          ${found.left_out.next === null ? null : html`<div class="pad"><button type="button" onClick=${moreLeftOut}>Show more</button></div>`}` : null}`
      : list.memories.length ? html`<ul class="items" ...${aiming}>${shown.map((each) => html`<li key=${each.id} class=${each.id === open ? "open" : ""}><button type="button" class="item" data-id=${each.id} onClick=${() => openMemory(each.id)}>
          <span class="grow"><span class="content cut2" dir="auto">${each.content}</span><span class="quiet"><bdi>${each.previousContext || "no context"}</bdi> · ${each.type}${each.file ? ` · ${each.file.name || each.file}` : ""}</span></span><span class="mono quiet">${clock(each.created_at, utc, false)}</span></button></li>`)}</ul>
          ${list.next ? html`<div class="pad"><button type="button" onClick=${() => load(list.next)}>Show older</button></div>` : null}`
      : list.loaded ? html`<div class="empty"><h2>No memories${key_id ? " under this key" : ""}.</h2><p>Add one, or import JSONL.</p></div>` : html`<p class="pad quiet">Loading.</p>`}</div></section>
      ${opened ? html`<${Pane} key=${opened.id} memory=${opened} hit=${asReason} rank=${isHit ? asReason.rank : null} query=${query} onClose=${close} onEdit=${() => setEditing(opened)} onGone=${() => { close(); again(); }} copy=${copy} />` : null}</div>
    ${editing ? html`<${Edit} memory=${editing === "new" ? null : editing} query=${query} onClose=${() => setEditing(null)} onDone=${() => { setEditing(null); again(); }} />` : null}`;
}
