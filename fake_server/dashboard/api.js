// Requests to the control API, which is all that the page knows of the server.
const TOKEN = "octamem-fake-token"; // kept for the tab only: sessionStorage ends with it

class ApiError extends Error {
  constructor(status, value) {
    super((value && value.error) || (status ? `The server answered ${status}.` : "No answer from the server."));
    this.status = status; // 0 if there was no answer
    this.code = (value && value.code) || "";
    this.value = value || {};
  }
}

export const setToken = (token) => sessionStorage.setItem(TOKEN, token);

export function headersWith(more = {}) {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

export function address(path, query = {}) {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== "") fields.set(name, value);
  const text = fields.toString();
  return text ? `${path}?${text}` : path;
}

// A path in which what is put is percent-encoded: the id of a memory may be any text.
export const pathOf = (strings, ...ids) => String.raw({ raw: strings }, ...ids.map((id) => encodeURIComponent(id)));

// What is in the air, so that the page can say so after five seconds.
const waiting = new Map();
let watcher = null;
export const onWaiting = (listener) => { watcher = listener; };
const tellWaiting = () => watcher && watcher([...waiting.values()].filter((each) => each.late).length);

async function send(method, path, { query, body, type = "application/json", match, signal } = {}) {
  const headers = headersWith(body === undefined ? {} : { "Content-Type": type });
  if (match) headers["If-Match"] = match;
  const own = { late: false };
  const timer = setTimeout(() => { own.late = true; tellWaiting(); }, 5000);
  waiting.set(own, own);
  try {
    return await fetch(address(path, query), { method, headers, body, signal, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0);
  } finally {
    clearTimeout(timer);
    waiting.delete(own);
    tellWaiting();
  }
}

async function checked(response) {
  if (response.ok) return response;
  let value = null;
  try {
    value = await response.json();
  } catch {
    // An answer that is no JSON, as of a proxy in between: the status says enough.
  }
  throw new ApiError(response.status, value);
}

// Of answers that overtake each other, an older one is dropped: it would take back what a newer one said.
export function inOrder() {
  let asked = 0;
  let latest = 0;
  return async (ask, take) => {
    const own = ++asked;
    let answer;
    try {
      answer = await ask();
    } catch (error) {
      if (own > latest) throw error;
      return undefined; // what failed was asked again since
    }
    if (own > latest) {
      latest = own;
      take(answer);
    }
    return answer;
  };
}

export async function get(path, query, { signal } = {}) {
  return (await checked(await send("GET", path, { query, signal }))).json();
}

// As `get`, with the ETag that a later change must match.
export async function getTagged(path, query) {
  const response = await checked(await send("GET", path, { query }));
  return { value: await response.json(), tag: response.headers.get("ETag") };
}

export async function text(path, query) {
  return (await checked(await send("GET", path, { query }))).text();
}

export async function change(method, path, value, { query, match } = {}) {
  const body = value === undefined ? undefined : JSON.stringify(value);
  return (await checked(await send(method, path, { query, body, match }))).json();
}

export async function upload(path, query, file) {
  return (await checked(await send("POST", path, { query, body: file, type: "application/jsonl" }))).json();
}

export async function download(path, query, name) {
  const response = await checked(await send("GET", path, { query }));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
