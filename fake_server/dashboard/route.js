// The address of what is shown: a view and its fields behind the #, so that a link brings somebody else here.
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

export function writeRoute(view, fields) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined && value !== null && value !== "") query.set(name, value);
  const text = query.toString();
  return `#/${view}${text ? `?${text}` : ""}`;
}

// Opening adds to the history, so that Back closes; what is typed replaces it.
export function go(view, fields, { replace = false } = {}) {
  const address = writeRoute(view, fields);
  if (address === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  dispatchEvent(new Event("routechange"));
}

export function change(fields, options) {
  const route = readRoute(location.hash);
  go(route.view, { ...route.fields, ...fields }, options);
}
