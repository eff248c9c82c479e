// Keys and limits: the usage, rate window, rights and state of each key, and its settings.
import { change, getTagged } from "../api.js";
import { count, duration, number, percent, size } from "../format.js";
import { html, useCallback, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { change as changeRoute, writeRoute } from "../route.js";
import { act, onFrame, refreshKeys, session, tell } from "../session.js";
import { useStore } from "../store.js";

const CHOICES = {
  wire: ["flat", "envelope"], default_type: ["semantic", "episodic", "procedural"], context_match: ["exact", "any"],
  unit: ["memories", "bytes", "requests"], over_limit_status: [429, 402, 403], state: ["active", "revoked", "deleted"],
};
const RIGHTS = ["search", "add", "details"];
const WORDS = {
  wire: "Shape of the answers", top_k: "Results of a search, at most", pending_ids: "A pending id for each add and search", default_type: "Type of an added memory",
  context_match: "What a context selects", language: "Language of the search", indexing_delay: 'Index delay: seconds, or "3 polls"', unit: "What the limit counts", limit: "Limit, empty for none",
  over_limit_status: "Status over the limit", rate: 'Rate as "100/60", empty for none', idempotency: "Honour Idempotency-Key", max_content: "Largest content, bytes", max_body: "Largest body, bytes", seed: "Seed", rights: "Rights", state: "State",
};

const amount = (value, unit) => (unit === "bytes" ? size(value) : number(value));

function Gauge({ usage }) {
  const { used, limit, unit } = usage;
  if (limit === null || limit === undefined) return html`<span>${amount(used, unit)} ${unit === "bytes" ? "" : unit}, no limit</span>`;
  const full = limit ? Math.min(1, used / limit) : 1;
  return html`<span class="gauge"><span>${amount(used, unit)} of ${amount(limit, unit)} ${unit === "bytes" ? "" : unit}</span>
    <span class="meter" role="img" aria-label=${`${percent(used, limit)} used`}><i class=${full >= 1 ? "bad" : full >= 0.8 ? "warn" : "ok"} style=${{ width: `${100 * full}%` }}></i></span></span>`;
}

const rateWords = (rate) => (rate ? `${number(rate.calls)} of ${number(rate.of)} calls${rate.calls ? `, resets in ${duration(rate.resets_in || 0)}` : ""}` : "no rate limit");

function Field({ name, value, own, onChange, disabled }) {
  const choices = CHOICES[name];
  const shown = value === null || value === undefined ? "" : String(value);
  const control = name === "rights"
    ? html`<span class="row-of">${RIGHTS.map((right) => html`<label key=${right} class="row-of"><input type="checkbox" checked=${(value || []).includes(right)} onChange=${(event) => onChange(RIGHTS.filter((each) => (each === right ? event.target.checked : (value || []).includes(each))))} />${right}</label>`)}</span>`
    : typeof value === "boolean"
      ? html`<select id=${`set-${name}`} value=${shown} onChange=${(event) => onChange(event.target.value === "true")}>${["true", "false"].map((each) => html`<option key=${each} selected=${each === shown}>${each}</option>`)}</select>`
      : choices
        ? html`<select id=${`set-${name}`} value=${shown} onChange=${(event) => onChange(choices.find((each) => String(each) === event.target.value))}>${choices.map((each) => html`<option key=${each} selected=${String(each) === shown}>${each}</option>`)}</select>`
        : html`<input id=${`set-${name}`} value=${shown} onInput=${(event) => onChange(event.target.value)} />`;
  return html`<tr class=${own ? "own" : ""}><th scope="row">${name === "rights" ? WORDS[name] : html`<label for=${`set-${name}`}>${WORDS[name] || name}</label>`}<code class="quiet">${name}</code></th><td>${control}</td><td><span class=${own ? "pill ok" : "pill"}>${own ? "own" : "server's"}</span></td></tr>`;
}

function read(name, text) {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

// What was typed stays a text until it is saved: no refresh of the page takes it back, and "2." can become "2.5".
const readAll = (edited) => Object.fromEntries(Object.entries(edited).map(([name, value]) => [name, typeof value === "string" && !CHOICES[name] ? read(name, value) : value]));

const valueWords = (value) => (value === null ? "none" : Array.isArray(value) ? value.join(", ") : String(value));

const drafts = new Map(); // what was typed and not saved, by key: Esc or another view loses none of it

function Settings({ key_id, own, onSaved }) {
  const [state, setState] = useState(null);
  const [edited, showEdited] = useState(drafts.get(key_id) || {});
  const setEdited = (next) => { drafts.set(key_id, next); showEdited(next); };
  const [changed, setChanged] = useState(null);
  const [wrong, setWrong] = useState("");
  const query = { key_id };
  const load = useCallback(async () => {
    try {
      setState(await getTagged("settings", query));
      setChanged(null);
    } catch (error) {
      setWrong(error.message);
    }
  }, [key_id]);
  useEffect(() => { load(); }, [load]);
  const save = async (match) => {
    setWrong("");
    try {
      await change("PUT", "settings", readAll(edited), { query, match });
      tell("Settings saved.");
      setEdited({});
      load();
      onSaved();
    } catch (error) {
      if (error.status !== 412) return setWrong(error.message);
      getTagged("settings", query).then(setChanged, (later) => setWrong(later.message));
    }
  };
  if (!state) return html`<p class="quiet">${wrong || "Loading."}</p>`;
  const names = Object.keys(state.value).filter((name) => name in WORDS);
  const differing = changed ? names.filter((name) => JSON.stringify(changed.value[name]) !== JSON.stringify(state.value[name])) : [];
  return html`<form class="cards" onSubmit=${(event) => { event.preventDefault(); save(state.tag); }} onKeyDown=${(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); event.target.blur(); event.currentTarget.requestSubmit(); } }}>
    <table class="settings"><thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">From</th></tr></thead><tbody>
      ${names.map((name) => html`<${Field} key=${name} name=${name} value=${name in edited ? edited[name] : state.value[name]} own=${!key_id || name in edited || (own && name in own)} onChange=${(value) => setEdited({ ...edited, [name]: value })} />`)}</tbody></table>
    ${changed ? html`<div class="verdict warn" role="alert"><${Icon} name="warn" /><div class="cards"><p><strong>Changed elsewhere.</strong> ${differing.map((name) => `The setting ${name} is now ${valueWords(changed.value[name])}.`).join(" ") || "Something else changed."}</p>
      <div class="row-of"><button type="button" class="small" onClick=${() => { setEdited({}); load(); }}>Take it</button><button type="button" class="small" onClick=${() => save(changed.tag)}>Keep mine</button></div></div></div>` : null}
    ${wrong ? html`<p class="bad" role="alert">${wrong}</p>` : null}
    <div class="row-of"><button class="main" aria-disabled=${Object.keys(edited).length ? "false" : "true"}>Save <kbd>Ctrl Enter</kbd></button>
      ${Object.keys(edited).length ? html`<button type="button" onClick=${() => setEdited({})}>Discard</button><span class="quiet">${count(Object.keys(edited).length, "change")}</span>` : null}</div></form>`;
}

function KeyPane({ entry, onClose }) {
  const heading = useRef(null);
  useLayoutEffect(() => { if (heading.current) heading.current.focus(); }, [entry.key_id]); // so that Esc closes what is seen
  const query = { key_id: entry.key_id };
  const revoked = entry.state !== "active";
  const setState = async () => { if (await act(revoked ? "The key works again." : "The key is revoked: its calls get a 401.", "PUT", "settings", { state: revoked ? "active" : "revoked" }, { query })) refreshKeys(); };
  const reset = async () => { if (await act("The key is reset.", "POST", "reset", {}, { query })) { refreshKeys(); onClose(); } };
  return html`<aside class="pane" aria-label="A key" onKeyDown=${(event) => event.key === "Escape" && !event.target.closest("input, select") && onClose()}><div class="pane-head"><div class="row-of"><h2 class="grow" tabindex="-1" ref=${heading}>${entry.key_id} <span class="mono">${entry.key}</span></h2>
      <button type="button" class="small" onClick=${setState}>${revoked ? "Activate" : "Revoke"}</button><button type="button" class="small danger" onClick=${reset}>Reset</button>
      <button type="button" class="plain" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button></div>
      <div class="facts"><a href=${writeRoute("calls", { key: entry.key_id })}>Its calls</a><a href=${writeRoute("memories", { key: entry.key_id })}>Its memories</a></div></div>
    <div class="scroll pad" tabindex="0" role="region" aria-label="The settings of the key"><${Settings} key=${entry.key_id} key_id=${entry.key_id} own=${entry.own} onSaved=${refreshKeys} /></div></aside>`;
}

export function Keys({ fields }) {
  const keys = useStore(session, (value) => value.keys);
  const [ofServer, setOfServer] = useState(false);
  useEffect(() => { refreshKeys().catch((error) => tell(error.message, { bad: true })); }, []);
  useEffect(() => {
    let timer = null;
    const stop = onFrame((frame) => { if (frame.event === "calls" && timer === null) timer = setTimeout(() => { timer = null; refreshKeys().catch(() => {}); }, 1000); });
    return () => { clearTimeout(timer); stop(); };
  }, []);
  const open = keys.find((each) => each.key_id === fields.open);
  const close = () => changeRoute({ open: undefined });
  return html`<div class="view-head"><div class="grow"><h1 tabindex="-1">Keys and limits</h1><span class="quiet">${count(keys.length, "key")}</span></div>
      <button type="button" aria-expanded=${ofServer ? "true" : "false"} onClick=${() => setOfServer(!ofServer)}>Server's settings</button></div>
    <div class=${open ? "columns with-pane" : "columns"}><section class="column scroll" aria-label="Keys" tabindex="0"><div class="pad">
      ${ofServer ? html`<section class="card cards"><h2>The server's settings</h2><p class="quiet">They hold for every key that has none of its own.</p><${Settings} key_id="" onSaved=${refreshKeys} /></section>` : null}
      ${keys.length ? html`<ul class="cards">${keys.map((each) => html`<li key=${each.key_id} class=${each.key_id === fields.open ? "card open" : "card"}><button type="button" class="item" data-id=${each.key_id} aria-expanded=${each.key_id === fields.open ? "true" : "false"} onClick=${() => changeRoute({ open: each.key_id })}>
          <span class="grow"><span class="row-of"><strong>${each.key_id}</strong><span class="mono">${each.key}</span>${each.state === "active" ? null : html`<span class="pill bad">${each.state}</span>`}${(each.rights || RIGHTS).length < RIGHTS.length ? html`<span class="pill warn">only ${each.rights.join(", ")}</span>` : null}
            ${each.own && Object.keys(each.own).length ? html`<span class="pill">${count(Object.keys(each.own).length, "setting")} of its own</span>` : null}</span>
          <span class="row-of quiet facts-of"><${Gauge} usage=${each.usage} /><span>${rateWords(each.rate)}</span>${each.usage.unit === "memories" ? null : html`<span>${count(each.memories || 0, "memory", "memories")}</span>`}<span>${count(each.attempts || 0, "attempt")}</span></span></span></button></li>`)}</ul>`
        : html`<div class="empty"><h2>No keys yet.</h2><p>A key appears with its first call.</p></div>`}</div></section>
      ${open ? html`<${KeyPane} key=${open.key_id} entry=${open} onClose=${close} />` : null}</div>`;
}
