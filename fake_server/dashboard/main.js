// The frame: top bar, rail, notices, single keys; and which view is shown.
import { Fragment, html, render, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { clock, count, duration, number } from "./format.js";
import { Icon } from "./icons.js";
import { Dialog, useTick } from "./parts.js";
import { go, readRoute, VIEWS, writeRoute } from "./route.js";
import { act, dismiss, giveToken, keep, serverNow, session, start, tell, tryNow, undo } from "./session.js";
import { useStore } from "./store.js";
import { Calls } from "./views/calls.js";
import { Faults } from "./views/faults.js";
import { Keys } from "./views/keys.js";
import { Memories } from "./views/memories.js";
import { Time } from "./views/time.js";
import { Traffic } from "./views/traffic.js";

const NAMES = { calls: "Calls", memories: "Memories", faults: "Faults", keys: "Keys and limits", traffic: "Traffic", time: "Time" };
const SHOWN = { calls: Calls, memories: Memories, faults: Faults, keys: Keys, traffic: Traffic, time: Time };
const ON_A_PHONE = ["calls", "memories", "faults", "traffic"];
const SHORTCUTS = [
  ["1 to 6", "view"], ["/", "filter or search"], ["j k or arrows, Home, End", "row"], ["Enter, Esc", "open, close"], ["n", "newest"],
  ["p", "pause"], ["c", "copy what is shown"], ["l", "copy link"], ["f", "arm a fault from this call"], ["u", "undo"], ["Ctrl+Enter", "arm, save"], ["?", "this table"],
];

function useRoute() {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useLayoutEffect(() => { // before anything is drawn: a link that is followed at once is not missed
    const look = () => setRoute(readRoute(location.hash));
    for (const name of ["hashchange", "popstate", "routechange"]) addEventListener(name, look);
    return () => { for (const name of ["hashchange", "popstate", "routechange"]) removeEventListener(name, look); };
  }, []);
  return route;
}

const keyQuery = () => ({ key: session.get().key });
const link = (view) => writeRoute(view, keyQuery());

function StreamState() {
  const stream = useStore(session, (value) => value.stream);
  const waiting = useStore(session, (value) => value.waiting);
  useTick(500);
  const left = Math.max(0, Math.ceil(((stream.next || 0) - Date.now()) / 1000));
  const text = {
    connecting: "Connecting", paused: "Paused", refused: "Token needed",
    live: stream.caughtUp ? `Live, ${number(stream.caughtUp)} caught up` : "Live",
    reconnecting: left ? `Reconnecting, ${left} s` : "Reconnecting",
  }[stream.state];
  return html`<${Fragment}>${waiting ? html`<span class="state warn">Waiting for the server</span>` : null}
    <button type="button" class=${stream.state === "live" ? "state live" : "state warn"} data-stream=${stream.state} onClick=${tryNow}>${text}</button><//>`;
}

function KeyChoice() {
  const keys = useStore(session, (value) => value.keys);
  const key = useStore(session, (value) => value.key);
  const choose = (event) => {
    const route = readRoute(location.hash);
    go(route.view, { ...route.fields, key: event.target.value, open: undefined, memory: undefined }, { replace: true });
  };
  return html`<label class="row-of"><span class="hidden">Key</span><select value=${key} onChange=${choose}>
    <option value="" selected=${!key}>All keys</option>
    ${keys.map((each) => html`<option key=${each.key_id} value=${each.key_id} selected=${each.key_id === key}>${each.key_id} ${each.key}</option>`)}</select></label>`;
}

function ServerClock() {
  const state = useStore(session, (value) => value.clock);
  const utc = useStore(session, (value) => value.utc);
  useTick(1000);
  if (!state) return null;
  const advance = async (seconds) => {
    const answer = await act(`Time is ${duration(seconds)} further.`, "POST", "clock/advance", { seconds }, {});
    if (answer) session.set({ clock: { ...session.get().clock, at: Date.parse(answer.now), heard: Date.now(), ahead: state.ahead + seconds } });
  };
  return html`<section class="card clock cards" aria-label="Server time">
    <div class="between"><span class="quiet">Server time</span>${state.ahead ? html`<span class="quiet">+${duration(state.ahead)} ahead</span>` : null}</div>
    <div class="mono big">${clock(serverNow(), utc, false)}</div>
    <div class="row-of"><button type="button" class="small" onClick=${() => advance(30)}>+30 s</button>
      <button type="button" class="small" onClick=${() => advance(300)}>+5 min</button>
      <a class="button small" href=${link("time")}>Set…</a></div></section>`;
}

function Tally({ view }) {
  const counts = useStore(session, (value) => value.counts);
  const keys = useStore(session, (value) => value.keys);
  const chosen = useStore(session, (value) => value.key);
  const faults = useStore(session, (value) => value.faults);
  const armed = faults.filter((each) => each.left !== 0).length;
  if (view === "faults") return armed ? html`<span class="tally pill fault">${armed} armed</span>` : null;
  const tally = {
    calls: counts && counts.all, keys: keys.length,
    memories: keys.filter((each) => !chosen || each.key_id === chosen).reduce((sum, each) => sum + (each.memories || 0), 0),
  }[view];
  return tally ? html`<span class="tally">${number(tally)}</span>` : null;
}

function Notices() {
  const gone = useStore(session, (value) => value.goneSince);
  const stream = useStore(session, (value) => value.stream);
  const restarted = useStore(session, (value) => value.restarted);
  const utc = useStore(session, (value) => value.utc);
  useTick(1000);
  if (gone) return html`<section aria-label="Notice"><div class="notice" role="alert">No answer from the server since ${clock(gone, utc, false)}.
    ${" "}Next try in ${Math.max(0, Math.ceil((stream.next - Date.now()) / 1000))} s.
    <button type="button" class="small" onClick=${tryNow}>Try now</button></div></section>`;
  if (restarted) return html`<section class="notice warn" aria-label="Notice">The server was restarted. These calls are from before.
    <button type="button" class="small" onClick=${() => { session.set({ restarted: false }); dispatchEvent(new Event("shownew")); }}>Show the new ones</button></section>`;
  return html`<div></div>`;
}

function Toast({ toast }) {
  const [since, setSince] = useState(null);
  const take = async (force) => {
    const answer = await undo(toast.undo, { force });
    if (answer) setSince(answer);
    else dismiss(toast.id);
  };
  if (since) return html`<div class="toast"><span class="grow">${count(since.calls, "call")} stored ${count(since.memories, "memory", "memories")} since. Undo removes them.</span>
    <button type="button" onClick=${() => take(true)}>Restore anyway</button><button type="button" onClick=${() => dismiss(toast.id)}>Keep them</button></div>`;
  return html`<div class="toast" role=${toast.bad ? "alert" : "status"}><span class="grow">${toast.text}</span>
    ${toast.undo ? html`<button type="button" data-undo onClick=${() => take(false)}><${Icon} name="undo" />Undo</button>` : null}
    <button type="button" aria-label="Dismiss" onClick=${() => dismiss(toast.id)}><${Icon} name="close" /></button></div>`;
}

function Shortcuts({ onClose }) {
  const singleKeys = useStore(session, (value) => value.singleKeys);
  return html`<${Dialog} title="Shortcuts" onClose=${onClose}><table><thead><tr><th scope="col">Key</th><th scope="col">Does</th></tr></thead><tbody>
    ${SHORTCUTS.map(([key, does]) => html`<tr key=${key}><td><kbd>${key}</kbd></td><td>${does}</td></tr>`)}</tbody></table>
    <label class="row-of"><input type="checkbox" checked=${singleKeys} onChange=${(event) => keep("singleKeys", event.target.checked)} /> Single keys are on</label><//>`;
}

function TokenDialog() {
  const [wrong, setWrong] = useState("");
  const give = async (event) => {
    event.preventDefault();
    try {
      await giveToken(new FormData(event.target).get("token").trim());
    } catch (error) {
      setWrong(error.status === 401 ? "That is not the token." : error.message);
    }
  };
  return html`<main class="empty" id="content"><h1>This server asks for its control token</h1>
    <p>The command that started it printed the token. It is kept for this tab only.</p>
    <form class="fields" onSubmit=${give}><label class="field grow"><span>Control token</span><input name="token" type="password" autocomplete="off" autofocus required /></label>
      <button class="main">Open</button></form>${wrong ? html`<p class="bad" role="alert">${wrong}</p>` : null}</main>`;
}

function More({ onClose, onShortcuts }) {
  return html`<${Dialog} title="More" onClose=${onClose}><nav class="cards" aria-label="More views">
    ${["keys", "time"].map((view) => html`<a key=${view} class="button" href=${link(view)} onClick=${onClose}><${Icon} name=${view} />${NAMES[view]}</a>`)}
    </nav><div class="row-of"><span class="quiet">Key</span><${KeyChoice} /></div>
    <div class="row-of"><${ThemeButton} words /><button type="button" onClick=${() => { onClose(); onShortcuts(); }}>Shortcuts</button></div><//>`;
}

function ThemeButton({ words }) {
  const theme = useStore(session, (value) => value.theme);
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  return html`<button type="button" class=${words ? "" : "plain"} aria-label=${dark ? "Use the light theme" : "Use the dark theme"} onClick=${() => keep("theme", dark ? "light" : "dark")}>
    <${Icon} name="theme" />${words ? (dark ? "Light theme" : "Dark theme") : null}</button>`;
}

function Page() {
  const route = useRoute();
  const tokenWanted = useStore(session, (value) => value.tokenWanted);
  const toasts = useStore(session, (value) => value.toasts);
  const announced = useStore(session, (value) => value.announced);
  const armed = useStore(session, (value) => value.faults.filter((each) => each.left !== 0).length);
  const [dialog, setDialog] = useState(null);
  const view = useRef(null);

  useEffect(() => { session.set({ key: route.fields.key || "" }); }, [route.fields.key]);
  useEffect(() => { document.title = `${NAMES[route.view]} · OctaMem fake`; }, [route.view]);
  useLayoutEffect(() => { // before anything is drawn: what is seen can be used
    const onKeyDown = (event) => {
      const typing = event.target.closest("input, textarea, select, dialog");
      if (event.key === "Escape" && event.target.closest("input, textarea") && !event.target.closest("dialog")) {
        event.preventDefault(); // a browser empties a search field, and says so to nobody once it has lost the focus
        event.target.blur();
      }
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !session.get().singleKeys) return;
      const number_ = Number(event.key);
      const page = view.current;
      const press = (selector) => { const target = page && page.querySelector(selector); if (target) { event.preventDefault(); target.click(); } };
      if (number_ >= 1 && number_ <= VIEWS.length) go(VIEWS[number_ - 1], keyQuery());
      else if (event.key === "/") { const field = page && page.querySelector("[data-search]"); if (field) { event.preventDefault(); field.focus(); } }
      else if (event.key === "?") setDialog("shortcuts");
      else if (event.key === "j" || event.key === "k") { const row = page && page.querySelector('[data-rows] [tabindex="0"]'); if (row) { event.preventDefault(); row.focus(); } }
      else if (event.key === "n") press("[data-newest]");
      else if (event.key === "p") press("[data-pause]");
      else if (event.key === "c") press("[data-copy]");
      else if (event.key === "f") press("[data-arm]");
      else if (event.key === "u") { const last = [...document.querySelectorAll("[data-undo]")].pop(); if (last) last.click(); else go("time", keyQuery()); }
      else if (event.key === "l") navigator.clipboard?.writeText(location.href).then(() => tell("The link is copied."), () => {});
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);

  if (tokenWanted) return html`<${TokenDialog} />`;
  const View = SHOWN[route.view];
  return html`<div class="frame"><a class="skip" href="#content" onClick=${(event) => { event.preventDefault(); view.current.querySelector("h1").focus(); }}>Skip to the view</a>
    <${Notices} />
    <header class="topbar"><div class="brand"><img src="icon.svg" alt="" /><span>OctaMem fake</span></div>
      <span class="host mono">${location.host}</span><div class="wide"><${KeyChoice} /></div><span class="grow"></span>
      <${StreamState} /><button type="button" class="plain wide" onClick=${() => setDialog("shortcuts")}>Shortcuts <kbd>?</kbd></button><div class="wide"><${ThemeButton} /></div></header>
    <nav class="rail" aria-label="Views">${VIEWS.map((name) => html`<a key=${name} href=${link(name)} aria-current=${route.view === name ? "page" : null}><${Icon} name=${name} />${NAMES[name]}<${Tally} view=${name} /></a>`)}
      <${ServerClock} /></nav>
    <main class="view" id="content" ref=${view}><${View} fields=${route.fields} /></main>
    <nav class="bottom" aria-label="Views">${ON_A_PHONE.map((name) => html`<a key=${name} href=${link(name)} aria-current=${route.view === name ? "page" : null}><${Icon} name=${name} />${NAMES[name]}${name === "faults" && armed ? html`<span class="badge"><span class="hidden">, armed: </span>${armed}</span>` : null}</a>`)}
      <button type="button" aria-current=${ON_A_PHONE.includes(route.view) ? null : "page"} onClick=${() => setDialog("more")}><${Icon} name="more" />More</button></nav>
    <section class="toasts" aria-label="What was done">${toasts.map((toast) => html`<${Toast} key=${toast.id} toast=${toast} />`)}</section>
    <div class="hidden" role="status" aria-live="polite">${announced}</div>
    ${dialog === "shortcuts" ? html`<${Shortcuts} onClose=${() => setDialog(null)} />` : null}
    ${dialog === "more" ? html`<${More} onClose=${() => setDialog(null)} onShortcuts=${() => setDialog("shortcuts")} />` : null}</div>`;
}

render(html`<${Page} />`, document.getElementById("page"));
start();
