// What the page knows of the server: its time, keys and faults, how the stream is, and what can be undone.
import { change, get, inOrder, onWaiting, pathOf, setToken } from "./api.js";
import { createStore } from "./store.js";
import { follow } from "./stream.js";

const UNDO_SHOWN = 10_000; // milliseconds that a change offers its undo in place
const THEME = "octamem-fake-theme";
const SINGLE_KEYS = "octamem-fake-single-keys";
const UTC = "octamem-fake-utc";

export const session = createStore({
  stream: { state: "connecting" },
  goneSince: null, // ISO time of the last sign of life, once the server is gone
  restarted: false,
  tokenWanted: false,
  waiting: 0,
  keys: [],
  key: "", // the key id that the page speaks of, "" for all
  faults: [],
  counts: null,
  clock: null, // {now, ahead}: the server's, and when this page heard of it
  toasts: [],
  announced: "",
  theme: localStorage.getItem(THEME) || "",
  utc: localStorage.getItem(UTC) === "yes",
  singleKeys: localStorage.getItem(SINGLE_KEYS) !== "no",
});

const frameListeners = new Set();
export const onFrame = (listener) => { frameListeners.add(listener); return () => frameListeners.delete(listener); };

let stream = null;
let isRead = false; // whether the server answered before the stream began
let isReady;
export const ready = new Promise((resolve) => { isReady = resolve; });
let lastHeard = Date.now();
let toastNumber = 0;

export function keep(name, value) {
  const stored = { theme: THEME, singleKeys: SINGLE_KEYS, utc: UTC }[name];
  localStorage.setItem(stored, typeof value === "boolean" ? (value ? "yes" : "no") : value);
  session.set({ [name]: value });
  if (name === "theme") showTheme();
}

function showTheme() {
  const { theme } = session.get();
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

export const serverNow = () => {
  const { clock } = session.get();
  return clock ? new Date(clock.at + (Date.now() - clock.heard)).toISOString() : null;
};
const setClock = ({ now, ahead }) => session.set({ clock: { at: Date.parse(now), heard: Date.now(), ahead: ahead || 0 } });

const keysInOrder = inOrder();
const faultsInOrder = inOrder();
export const refreshKeys = () => keysInOrder(() => get("keys"), ({ keys }) => session.set({ keys }));
// The server's faults, then those of each key that has some of its own.
async function readFaults() {
  const { keys } = (await refreshKeys()) || session.get();
  const owners = ["", ...keys.filter((each) => each.faults).map((each) => each.key_id)];
  const answers = await Promise.all(owners.map((key_id) => get("faults", { key_id })));
  return answers.flatMap(({ faults }, at) => faults.map((fault) => ({ ...fault, key_id: owners[at] })));
}
export const refreshFaults = () => faultsInOrder(readFaults, (faults) => session.set({ faults }));
async function refreshCounts() {
  const { counts, as_of } = await get("calls", { limit: 1 });
  session.set({ counts });
  return as_of;
}
export async function refreshClock() {
  setClock(await get("health"));
}

export async function start() {
  onWaiting((number) => session.set({ waiting: number }));
  showTheme();
  let from = "";
  try {
    // The events are followed from here on, and every list is read later, so that no call falls between the two.
    from = await refreshCounts();
    await Promise.all([refreshClock(), refreshFaults()]);
  } catch (error) {
    if (error.status === 401) {
      session.set({ tokenWanted: true });
      return;
    }
  }
  listen(from);
  isReady();
}

export async function giveToken(token) {
  setToken(token);
  await get("keys");
  session.set({ tokenWanted: false });
  start();
}

function listen(from) {
  if (stream) stream.stop();
  isRead = Boolean(from);
  stream = follow("calls,faults,keys,clock", { from, onFrame: heard, onState: changed });
}
export const tryNow = () => stream && stream.tryNow();

function changed(state) {
  const before = session.get().stream;
  if (state.state === "live") {
    lastHeard = Date.now();
    session.set({ stream: { state: "live", caughtUp: before.state === "reconnecting" ? 0 : undefined }, goneSince: null });
    if (!isRead) {
      isRead = true;
      heard({ event: "resync", data: { reason: "begun" } });
    }
    if (before.state !== "connecting") {
      refreshClock().catch(() => {});
      refreshKeys().catch(() => {});
      refreshFaults().catch(() => {});
      setTimeout(() => session.get().stream.caughtUp !== undefined && session.set({ stream: { state: "live" } }), 5000);
    }
  } else if (state.state === "refused") {
    session.set({ tokenWanted: true });
  } else {
    const gone = state.state === "reconnecting" && state.failures > 1;
    session.set({
      stream: { ...state, next: Date.now() + (state.wait || 0) },
      goneSince: gone ? session.get().goneSince || new Date(lastHeard).toISOString() : null,
    });
  }
}

function heard(frame) {
  lastHeard = Date.now();
  if (frame.event === "clock") setClock(frame.data);
  else if (frame.event === "faults") refreshFaults().catch(() => {});
  else if (frame.event === "keys") refreshKeys().catch(() => {});
  else if (frame.event === "resync" && frame.data.reason === "restarted") session.set({ restarted: true });
  else if (frame.event === "calls") {
    const { stream: now } = session.get();
    if (now.caughtUp !== undefined) session.set({ stream: { ...now, caughtUp: now.caughtUp + frame.data.calls.length } });
  }
  for (const listener of [...frameListeners]) listener(frame);
}

// Say something, with an undo if there is one. It goes by itself; the undo stays under Time.
export function tell(text, { undo, bad } = {}) {
  const id = ++toastNumber;
  session.set({ toasts: [...session.get().toasts.slice(-2), { id, text, undo, bad }] });
  setTimeout(() => dismiss(id), UNDO_SHOWN);
  return id;
}
export const dismiss = (id) => session.set({ toasts: session.get().toasts.filter((each) => each.id !== id) });

// Carry out what destroys something, and offer its undo.
export async function act(text, method, path, value, options) {
  try {
    const answer = await change(method, path, value, options);
    tell(text, { undo: answer.undo });
    return answer;
  } catch (error) {
    tell(error.message, { bad: true });
    return null;
  }
}

export async function undo(id, { force } = {}) {
  try {
    await change("POST", pathOf`undo/${id}`, {}, { query: force ? { force: "true" } : {} });
    tell("Undone.");
    for (const listener of [...frameListeners]) listener({ event: "undone", data: {} });
    return null;
  } catch (error) {
    if (error.status === 409) return error.value; // {calls, memories}: what came since
    tell(error.message, { bad: true });
    return null;
  }
}

// Read aloud, politely and at most every ten seconds.
let announcing = null;
let news = { calls: 0, failed: 0 };
export function announceCalls(calls, failed) {
  news = { calls: news.calls + calls, failed: news.failed + failed };
  if (announcing !== null) return;
  announcing = setTimeout(() => {
    announcing = null;
    const { calls: all, failed: bad } = news;
    news = { calls: 0, failed: 0 };
    session.set({ announced: `${all} new ${all === 1 ? "call" : "calls"}${bad ? `, ${bad} failed` : ""}` });
  }, 10_000);
}
