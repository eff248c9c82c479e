// The address of what is shown: a view and its fields behind the #, so that a link brings somebody else here.
import { address } from "./api.js";

export const VIEWS = ["calls", "memories", "faults", "keys", "traffic", "time"];

export function readRoute(hash) {
  const [, path, query = ""] = /^#?\/?([^?]*)\??(.*)$/s.exec(hash); // a "?" further on belongs to what was typed
  const fields = {};
  try {
    for (const [name, value] of new URLSearchParams(query)) fields[name] = value;
  } catch {
    // An address that somebody typed: what cannot be read is left out.
  }
  return { view: VIEWS.includes(path) ? path : "calls", fields };
}

export const writeRoute = (view, fields) => address(`#/${view}`, fields);

// Opening adds to the history, so that Back closes; what is typed replaces it.
export function go(view, fields, { replace = false } = {}) {
  const hash = writeRoute(view, fields);
  if (hash === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", hash);
  dispatchEvent(new Event("routechange"));
}

export function change(fields, options) {
  const route = readRoute(location.hash);
  go(route.view, { ...route.fields, ...fields }, options);
}
