// Time: the server's clock, snapshots, and what can be undone.
import { get, inOrder, pathOf } from "../api.js";
import { clock, count, duration, exact } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { useTick } from "../parts.js";
import { act, keep, onFrame, refreshClock, refreshFaults, refreshKeys, serverNow, session, tell, undo } from "../session.js";
import { useStore } from "../store.js";

const STEPS = [[1, "+1 s"], [30, "+30 s"], [300, "+5 min"], [3600, "+1 h"], [86_400, "+1 day"]];

const UNDO_WORDS = { edit: "A memory was edited", delete: "Memories were deleted", reset: "A reset", restore: "A snapshot was restored", disarm: "Faults were disarmed" };

export function Time() {
  const state = useStore(session, (value) => value.clock);
  const utc = useStore(session, (value) => value.utc);
  const [snapshots, setSnapshots] = useState([]);
  const [undos, setUndos] = useState([]);
  const [asked, setAsked] = useState(null);
  const [wrong, setWrong] = useState("");
  const [ordered] = useState(inOrder);
  useTick(1000);

  const load = async () => {
    try {
      await ordered(() => Promise.all([get("snapshots"), get("undo")]), ([kept, done]) => {
        setSnapshots(kept.snapshots);
        setUndos(done.undo);
      });
    } catch (error) {
      tell(error.message, { bad: true });
    }
  };
  const reloadAll = () => { load(); refreshClock(); refreshKeys(); refreshFaults(); };
  useEffect(() => { load(); return onFrame(({ event }) => (event === "undone" || event === "resync") && load()); }, []);

  const advance = async (seconds) => { if (await act(`Time is ${duration(seconds)} further.`, "POST", "clock/advance", { seconds }, {})) refreshClock(); };
  const setTime = (event) => {
    event.preventDefault();
    const wanted = Date.parse(`${new FormData(event.target).get("when")}${utc ? "Z" : ""}`);
    const seconds = (wanted - Date.parse(serverNow())) / 1000;
    if (Number.isNaN(seconds)) return setWrong("Give a date and a time.");
    if (seconds < 0) return setWrong("The clock only goes forward. Give a later time.");
    setWrong("");
    advance(seconds);
  };
  const snapshot = async () => { if (await act("Snapshot taken.", "POST", "snapshots", {}, {})) load(); };
  const restore = async (id) => {
    await act("Restored.", "POST", pathOf`snapshots/${id}/restore`, {}, {});
    reloadAll(); // refused too: another program may have deleted it
  };
  const reset = async () => { if (await act("Everything is reset.", "POST", "reset", {}, {})) reloadAll(); };
  const take = async (id, force) => {
    const since = await undo(id, { force });
    setAsked(since ? { id, ...since } : null);
    if (!since) reloadAll();
  };
  if (!state) return html`<div class="view-head"><div class="grow"><h1 tabindex="-1">Time</h1></div></div><div class="pad quiet">Waiting for the server.</div>`;
  return html`<div class="view-head"><div class="grow"><h1 tabindex="-1">Time</h1><span class="quiet">${state.ahead ? `The server is ${duration(state.ahead)} ahead of its machine.` : "The server goes by its machine's clock."}</span></div>
      <button type="button" aria-pressed=${utc ? "true" : "false"} onClick=${() => keep("utc", !utc)}>${utc ? "Show local times" : "Show UTC"}</button></div>
    <div class="scroll" tabindex="0" role="region" aria-label="Time"><div class="pad narrow">
      <section class="card cards"><h2>Server time</h2><p class="mono big">${clock(serverNow(), utc, false)}</p><p class="quiet mono">${exact(serverNow())}</p>
        <div class="row-of">${STEPS.map(([seconds, name]) => html`<button key=${name} type="button" onClick=${() => advance(seconds)}>${name}</button>`)}</div>
        <form class="fields" onSubmit=${setTime}><label class="field"><span>Set to a later time (${utc ? "UTC" : "local"})</span><input name="when" type="datetime-local" step="1" required aria-invalid=${wrong ? "true" : "false"} aria-describedby="when-says" /></label><button>Set the time</button></form>
        <p id="when-says" class=${wrong ? "bad" : "quiet"} role="status">${wrong || "Index delays, rate windows and faults for a time go by this clock."}</p></section>
      <section class="card cards"><div class="between"><h2>Snapshots</h2><button type="button" onClick=${snapshot}>Take a snapshot</button></div>
        ${snapshots.length ? html`<ul class="cards">${snapshots.map((each) => html`<li key=${each.id} class="between"><span><code>${each.id}</code> ${each.name ? `${each.name}: ` : ""}${each.key_id ? `key ${each.key_id}, ` : ""}${count(each.memories, "memory", "memories")}, ${clock(each.at, utc, false)}</span>
          <button type="button" class="small" onClick=${() => restore(each.id)}>Restore</button></li>`)}</ul>` : html`<p class="quiet">No snapshots. A snapshot has the memories and settings of every key.</p>`}</section>
      <section class="card cards"><h2>Undo</h2>${undos.length ? html`<ul class="cards">${undos.map((each) => html`<li key=${each.id} class="between"><span>${UNDO_WORDS[each.what] || each.what}${each.key_id ? `, key ${each.key_id}` : ""}${each.at ? `, ${clock(each.at, utc, false)}` : ""}</span>
          <button type="button" class="small" onClick=${() => take(each.id, false)}>Undo</button>
          ${asked && asked.id === each.id ? html`<p class="warn" role="alert">${count(asked.calls, "call")} stored ${count(asked.memories, "memory", "memories")} since. Undo removes them. <button type="button" class="small" onClick=${() => take(each.id, true)}>Restore anyway</button></p>` : null}</li>`)}</ul>` : html`<p class="quiet">Nothing to undo.</p>`}</section>
      <section class="card cards"><h2>Reset</h2><p class="quiet">Every key, memory, fault and setting goes back to how the server was started. It can be undone.</p><div><button type="button" class="danger" onClick=${reset}>Reset everything</button></div></section>
    </div></div>`;
}
