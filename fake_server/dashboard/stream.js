// The live events: one stream a tab, read with fetch, which sends a token, sees the status and chooses its own retry.
import { address, headersWith } from "./api.js";

const SILENCE = 40_000; // milliseconds without a byte, not even a comment, that count as a break
const HIDDEN = 30_000; // milliseconds after which a hidden tab gives its connection back: a browser has six a host
const RETRY = [500, 1000, 2000, 4000, 8000]; // milliseconds between tries

// Split the bytes of a stream into frames: {id, event, data}.
function frames(onFrame) {
  let rest = "";
  return (chunk) => {
    rest += chunk;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const frame = { id: "", event: "message", data: "" };
      for (const line of block.split("\n")) {
        if (line.startsWith("id:")) frame.id = line.slice(3).trim();
        else if (line.startsWith("event:")) frame.event = line.slice(6).trim();
        else if (line.startsWith("data:")) frame.data += line.slice(5).trimStart();
      }
      if (frame.data) onFrame({ ...frame, data: JSON.parse(frame.data) });
    }
  };
}

// Follow the events until `stop()`; `onState` hears "live", "reconnecting" (with the milliseconds until the next try and
// how many tries failed), "paused" for a hidden tab, and "refused" with a status.
export function follow(topics, { from, onFrame, onState }) {
  let last = from || "";
  let failures = 0;
  let stopped = false;
  let controller = null;
  let timer = null;
  let hiding = null;

  async function once() {
    controller = new AbortController();
    let silence = null;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => controller.abort(), SILENCE);
    };
    heard();
    try {
      const headers = headersWith(last ? { "Last-Event-ID": last } : {});
      const response = await fetch(address("events", { topics }), { headers, signal: controller.signal, cache: "no-store", credentials: "omit" });
      if (!response.ok) return response.status;
      onState({ state: "live" });
      const read = frames((frame) => {
        if (frame.id) last = frame.id;
        failures = 0;
        onFrame(frame);
      });
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return 0;
        heard();
        failures = 0;
        read(decoder.decode(value, { stream: true }));
      }
    } catch {
      return 0;
    } finally {
      clearTimeout(silence);
    }
  }

  async function run() {
    clearTimeout(timer);
    timer = null;
    if (stopped || hiding === "hidden") return;
    const status = await once();
    if (stopped) return;
    if (hiding === "hidden") return onState({ state: "paused" });
    if (status === 401) return onState({ state: "refused", status });
    const wait = RETRY[Math.min(failures, RETRY.length - 1)];
    failures += 1;
    onState({ state: "reconnecting", wait, failures, status });
    timer = setTimeout(run, wait);
  }

  function seen() {
    if (document.hidden) {
      if (hiding === null) hiding = setTimeout(() => { hiding = "hidden"; if (controller) controller.abort(); }, HIDDEN);
      return;
    }
    const wasHidden = hiding === "hidden";
    if (hiding !== null && !wasHidden) clearTimeout(hiding);
    hiding = null;
    if (wasHidden) run();
  }

  document.addEventListener("visibilitychange", seen);
  run();
  return {
    tryNow() { failures = 0; if (timer !== null) run(); },
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
      if (controller) controller.abort();
    },
  };
}
