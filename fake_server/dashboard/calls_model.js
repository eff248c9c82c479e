// The calls that the list holds: pages from the server, then changes by the stream, never more than ten thousand.
import { get } from "./api.js";
import { announceCalls, onFrame, ready, session } from "./session.js";
import { createStore } from "./store.js";

const PAGE = 200;
const MOST = 10_000;
const NAMED = ["endpoint", "outcome", "flag", "status", "context", "fault", "since", "until"];

// What was typed into the filter: `name:value` pairs, the rest is looked for in the text.
export function readFilter(text) {
  const fields = {};
  const rest = text.replace(/(\w+):(?:"([^"]*)"|(\S*))/g, (whole, name, quoted, plain) => {
    if (!NAMED.includes(name)) return whole;
    fields[name] = quoted ?? plain;
    return "";
  });
  const q = rest.trim().replace(/\s+/g, " ");
  return q ? { ...fields, q } : fields;
}

export const calls = createStore({ rows: [], byId: new Map(), held: [], next: null, loaded: false, dropped: 0, wrong: "", stale: false });

let query = {};
let loading = 0;
let gaps = 0; // that were ever shown
let arriving = null; // while a list is on its way, the calls that the stream tells of: its answer may be older
let held = false; // whether new calls wait, since the reader is not at the top or has a call open
let refreshTimer = null;

// Whether a call belongs to a list of those since a time, which needs no asking again; others change after it too.
const isSince = (call) => !query.since || Date.parse(call.attempts[call.attempts.length - 1].at) >= Date.parse(query.since);
const isFiltered = () => Object.entries(query).some(([name, value]) => name !== "since" && value !== undefined && value !== "");

export async function show(next) {
  query = next;
  const number = ++loading;
  await ready;
  const told = { byId: new Map(), skipped: 0 };
  arriving = told;
  try {
    const answer = await get("calls", { ...query, limit: PAGE });
    if (number !== loading) return;
    const newest = answer.calls.reverse(); // the server lists the oldest first
    const byId = new Map(newest.map((call) => [call.id, call]));
    const later = laterThan(newest, told.byId);
    for (const call of told.byId.values()) if (later.includes(call.id) || byId.get(call.id)?.rev < call.rev) byId.set(call.id, call);
    const still = calls.get().held.filter((id) => told.byId.has(id) && byId.has(id)); // what came since goes on waiting
    if (told.skipped) (held ? still : later).push(gapOf(told.skipped, byId));
    const rows = [...later, ...newest.map((call) => call.id)].filter((id) => !still.includes(id));
    calls.set({ rows, byId, held: still, next: answer.next, loaded: true, dropped: answer.dropped, wrong: "", stale: false });
    session.set({ counts: answer.counts });
  } catch (error) {
    if (number === loading) calls.set({ loaded: true, wrong: error.status ? error.message : calls.get().wrong });
  } finally {
    if (arriving === told) arriving = null;
  }
}

// The calls that were told and came after those of a list, the latest first.
function laterThan(newest, told) {
  const last = newest.length ? newest[0].seq : -1;
  return [...told.values()].filter((call) => call.seq > last && isSince(call)).sort((one, other) => other.seq - one.seq).map((call) => call.id);
}

export async function older() {
  const { next, rows, byId } = calls.get();
  if (!next || rows.length >= MOST) return;
  calls.set({ next: null });
  const number = loading;
  try {
    const answer = await get("calls", { ...query, limit: PAGE, before: next });
    if (number !== loading) return;
    const more = answer.calls.reverse().filter((call) => !calls.get().byId.has(call.id));
    for (const call of more) byId.set(call.id, call);
    calls.set({ rows: [...calls.get().rows, ...more.map((call) => call.id)], next: answer.next });
  } catch {
    calls.set({ next });
  }
}

// How many calls the list will have more once those that wait are let in.
export const waiting = ({ held: rows, byId }) => rows.reduce((sum, id) => sum + (byId.get(id).missing ?? 1), 0);

export function hold(yes) {
  held = yes;
  if (!held) release();
}
export function release() {
  const { held: added, rows, stale } = calls.get();
  if (stale) show(query);
  else if (added.length) calls.set({ rows: bounded([...added, ...rows]), held: [] });
}

function bounded(rows) {
  if (rows.length <= MOST) return rows;
  const { byId } = calls.get();
  for (const id of rows.slice(MOST)) byId.delete(id);
  return rows.slice(0, MOST);
}

// Calls that wait: too many are let go, and the list is read again once the reader is back.
function waitingWith(added) {
  const { held: before, byId } = calls.get();
  const all = [...added, ...before];
  if (all.length <= MOST) return { held: all };
  for (const id of all) byId.delete(id);
  return { held: [], stale: true };
}

// A row for calls that the stream left out, below the newer ones that it did tell of: `missing` says how many.
function gapOf(missing, byId) {
  const id = `gap-${++gaps}`;
  byId.set(id, { id, missing, rev: 0 });
  return id;
}

// Take changed calls in. A filtered list is asked for again, at most once a second: the server filters.
function take(changed, skipped) {
  announceCalls(changed.length, changed.filter((call) => call.flags.includes("failed")).length);
  if (isFiltered()) return refresh();
  const now = calls.get();
  const { byId } = now;
  const added = [];
  for (const call of changed) {
    if (arriving) arriving.byId.set(call.id, call);
    const known = byId.get(call.id);
    if (known ? known.rev > call.rev : now.stale || !isSince(call)) continue; // a list that is read again takes no new row
    if (!known) added.push(call.id);
    byId.set(call.id, call);
  }
  added.sort((one, other) => byId.get(other).seq - byId.get(one).seq);
  if (arriving) arriving.skipped += skipped;
  if (skipped && !now.stale) added.push(gapOf(skipped, byId));
  if (held) calls.set({ byId, ...waitingWith(added) });
  else calls.set({ byId, rows: added.length ? bounded([...added, ...now.rows]) : now.rows });
  countAgain();
}

function refresh() {
  if (refreshTimer !== null) return;
  refreshTimer = setTimeout(() => {
    refreshTimer = null;
    if (!held) return show(query);
    calls.set({ stale: true });
    countAgain();
  }, 1000);
}

const COUNTING = 3000; // milliseconds between counts: the server goes through its whole journal for them
let counting = null;
function countAgain() {
  if (counting !== null) return;
  counting = setTimeout(async () => {
    counting = null;
    try {
      const answer = await get("calls", { ...query, limit: 1 });
      session.set({ counts: answer.counts });
      calls.set({ dropped: answer.dropped });
    } catch {
      // The stream says that the server is gone; old counts stay.
    }
  }, COUNTING);
}

onFrame((frame) => {
  if (frame.event === "calls") take(frame.data.calls, frame.data.skipped);
  else if (frame.event === "resync") {
    // After a restart the calls from before stay until the reader asks for the new ones.
    if (frame.data.reason !== "restarted" || !calls.get().rows.length) show(query);
  } else if (frame.event === "undone") show(query);
});
addEventListener("shownew", () => show(query));
