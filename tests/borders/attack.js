// Everything by which a page can reach another server: each attempt gives what it could read, or null.
async ([target, key]) => {
  const script = JSON.stringify({script: "*: 503"}), hidden = document.createElement("div");
  document.body.append(hidden);
  const settled = (make, patience = 5000) => Promise.race([
    new Promise((done) => make(done)), new Promise((done) => setTimeout(done, patience, null))]);
  const element = (name, fields) => Object.assign(document.createElement(name), fields);
  const shown = (name, fields, look) => settled((done) => {
    const made = element(name, {onload: () => done(look ? look(made) : `${name} was loaded`), onerror: () => done(null), ...fields});
    hidden.append(made);
  });
  const fetched = async (path, options) => {
    try { return await (await fetch(target + path, options)).text() || null; } catch { return null; }
  };
  const inside = (frame) => { try { return frame.contentDocument && frame.contentDocument.body.innerText || null; } catch { return null; } };
  const submitted = (method, path, enctype) => settled((done) => {
    const name = `into-${path}`, frame = element("iframe", {name, onload: () => frame.loads++ ? done(inside(frame)) : null, loads: 0});
    const form = element("form", {method, action: target + path, target: name, enctype});
    form.append(element("input", {name: '{"script": "*: 503", "x', value: '": 1}'}));
    hidden.append(frame, form);
    form.submit();
  }, 1500);
  const attempts = {
    "fetch": fetched("/_fake/memories"),
    "fetch of the service": fetched("/api/memory/details", {method: "POST", body: "{}"}),
    "fetch without cors": fetched("/_fake/requests", {mode: "no-cors"}),
    "post without cors": fetched("/_fake/faults", {method: "POST", mode: "no-cors", body: script}),
    "add without cors": fetched("/api/memory/add", {method: "POST", mode: "no-cors", body: '{"content": "planted"}'}),
    "post with a body of JSON": fetched("/_fake/reset", {method: "POST", headers: {"content-type": "application/json"}, body: "{}"}),
    "put": fetched("/_fake/settings", {method: "PUT", body: '{"top_k": 1}'}),
    "delete": fetched(`/_fake/memories?key=${key}`, {method: "DELETE"}),
    "beacon": (navigator.sendBeacon(target + "/_fake/clock/advance", new Blob(['{"seconds": 60}'], {type: "text/plain"})), null),
    "form": submitted("post", "/_fake/faults", "text/plain"),
    "form that reads": submitted("get", "/_fake/explain", ""),
    "frame": shown("iframe", {src: target + "/_fake/"}, inside),
    "image": shown("img", {src: target + "/_fake/health"}),
    "script": shown("script", {src: target + "/_fake/settings"}),
    "style": shown("link", {rel: "stylesheet", href: target + "/_fake/page.css"}),
    "object": shown("object", {data: target + "/_fake/calls", type: "text/html"}),
    "event stream": settled((done) => {
      const stream = new EventSource(target + "/_fake/events?topics=calls");
      stream.onopen = () => done("an event stream was opened");
      stream.onmessage = (event) => done(event.data);
      stream.onerror = () => { stream.close(); done(null); };
    }),
    "socket": settled((done) => {
      const socket = new WebSocket(target.replace("http", "ws") + "/_fake/health");
      socket.onopen = () => done("a socket was opened");
      socket.onerror = () => done(null);
    }),
    "worker": settled((done) => {
      const code = `try { importScripts("${target}/_fake/settings"); postMessage("imported"); } catch { postMessage(null); }`;
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = (event) => done(event.data);
    }),
  };
  const found = {};
  for (const [name, attempt] of Object.entries(attempts)) found[name] = await attempt;
  return found;
}
