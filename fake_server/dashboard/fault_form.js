// A fault script and the form beside it: each is written from the other, as long as the script is one step of one rule.
export const KINDS = [
  { group: "No answer", kinds: [["hang", "Hang"], ["reset", "Reset"], ["close", "Close"]] },
  { group: "Error status", kinds: [["503", "503"], ["429", "429"], ["500", "500"], ["other", "Other…"]] },
  { group: "Spoiled answer", kinds: [["slow", "Slow"], ["truncate", "Truncate"], ["drip", "Drip"], ["garbage", "Garbage"], ["wrong-type", "Wrong type"], ["empty", "Empty"], ["redirect", "Redirect"]] },
  { group: "A lie", kinds: [["stale", "Stale"], ["missing", "Missing"], ["shuffled", "Shuffled"], ["foreign", "Foreign"], ["lost", "Lost"], ["twice", "Stored twice"]] },
];
export const LIES = { stale: "search", missing: "search", shuffled: "search", foreign: "search", lost: "add", twice: "add" };
const MIDWAY = ["hang", "reset", "close"]; // and every status

const isStatus = (kind) => /^[2-5]\d\d$/.test(kind);
const usualPhase = (kind) => (isStatus(kind) || MIDWAY.includes(kind) || kind === "redirect" ? "before" : "after");
const canBeMid = (kind) => isStatus(kind) || MIDWAY.includes(kind);
export const phases = (kind) => (kind in LIES ? ["after"] : canBeMid(kind) ? ["mid", "before", "after"] : ["before", "after"]);

export const EMPTY = { endpoint: "add", kind: "503", phase: "before", often: "times", times: 1, percent: 20, seconds: 30 };

export function writeScript({ endpoint, kind, phase, often, times, percent, seconds }) {
  const words = [kind];
  if (!(kind in LIES) && phase !== usualPhase(kind)) words.push(`@${phase}`);
  if (often === "times" && times !== 1) words.push(`x${times}`);
  if (often === "percent") words.push(`${percent}%`);
  if (often === "for") words.push(`for ${seconds}s`);
  return `${endpoint}: ${words.join(" ")}`;
}

const ONE = /^\s*(add|search|details|\*)\s*:\s*([a-z-]+|[2-5]\d\d)(?:\s+@(mid|before|after))?(?:\s+(?:x(\d+)|(\d+(?:\.\d+)?)%|for\s+(\d+(?:\.\d+)?)s))?\s*$/;

// The form of a script, null if the script says more than the form can.
export function readScript(script) {
  const found = ONE.exec(script);
  if (!found) return null;
  const [, endpoint, kind, phase, times, percent, seconds] = found;
  if (!isStatus(kind) && !KINDS.some(({ kinds }) => kinds.some(([name]) => name === kind))) return null;
  return {
    ...EMPTY, endpoint, kind, phase: phase || usualPhase(kind),
    often: percent ? "percent" : seconds ? "for" : "times",
    times: Number(times || 1), percent: Number(percent || EMPTY.percent), seconds: Number(seconds || EMPTY.seconds),
  };
}

// Choose a kind: what it cannot have goes with it.
export function withKind(form, kind) {
  const endpoint = LIES[kind] || form.endpoint;
  const phase = phases(kind).includes(form.phase) && form.kind !== kind && !(kind in LIES) ? form.phase : usualPhase(kind);
  return { ...form, kind, endpoint, phase };
}
