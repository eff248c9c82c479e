// Parts that several views use: chips, tabs, copying, dialogs, a clock's tick.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";

// Render again every so often, for what shows a time that goes on.
export function useTick(milliseconds) {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}

export function Chips({ label, options, value, onChange }) {
  return html`<div class="chips" role="group" aria-label=${label}>${options.map(({ id, name, tally, tone }) =>
    html`<button key=${id} type="button" aria-pressed=${value === id ? "true" : "false"} onClick=${() => onChange(id)}>
      ${name}${tally === undefined ? null : html` <span class=${tally && tone ? tone : "quiet"}>${tally}</span>`}</button>`)}</div>`;
}

export function Tabs({ label, options, value, onChange, panel }) {
  const onKeyDown = (event) => {
    const at = options.findIndex(({ id }) => id === value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: options.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = options[(to + options.length) % options.length];
    onChange(next.id);
    event.currentTarget.querySelector(`[data-tab="${next.id}"]`).focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} onKeyDown=${onKeyDown}>${options.map(({ id, name }) =>
    html`<button key=${id} type="button" role="tab" data-tab=${id} aria-selected=${value === id ? "true" : "false"} aria-controls=${panel}
      tabindex=${value === id ? 0 : -1} onClick=${() => onChange(id)}>${name}</button>`)}</div>`;
}

// Copy a text; where the browser refuses the clipboard, as it does on plain HTTP beyond loopback, select it in a field.
export function CopyButton({ text, label = "Copy", hint }) {
  const [state, setState] = useState("");
  const field = useRef(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
      setTimeout(() => setState(""), 2000);
    } catch {
      setState("select");
    }
  };
  useLayoutEffect(() => { if (state === "select" && field.current) field.current.select(); }, [state]);
  if (state === "select") return html`<label class="field"><span>Press Ctrl+C to copy</span>
    <textarea ref=${field} readonly rows="3" onBlur=${() => setState("")}>${text}</textarea></label>`;
  return html`<button type="button" class="small" onClick=${copy} data-copy=${hint || null}>
    <${Icon} name=${state ? "check" : "copy"} />${state ? "Copied" : label}${hint ? html` <kbd>${hint}</kbd>` : null}</button>`;
}

export function Code({ text, label }) {
  return html`<pre class="code" tabindex="0" role="region" aria-label=${label}><code>${text}</code></pre>`;
}

// A form stays when somebody clicks beside it: a drag that selects its text may end there, and what was typed would be lost.
export function Dialog({ title, onClose, children, isForm }) {
  const box = useRef(null);
  useLayoutEffect(() => { // before the dialog is drawn: Esc must close whatever is seen
    const before = document.activeElement;
    box.current.showModal();
    return () => { if (before && before.isConnected) before.focus(); };
  }, []);
  return html`<dialog ref=${box} aria-labelledby="dialog-title" onClose=${onClose} onCancel=${onClose}
    onClick=${(event) => !isForm && event.target === box.current && onClose()}>
    <div class="body"><div class="between"><h2 id="dialog-title">${title}</h2>
      <button type="button" class="plain" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button></div>${children}</div></dialog>`;
}

export function Choice({ label, value, options, onChange, hideLabel }) {
  return html`<label class="field"><span class=${hideLabel ? "hidden" : ""}>${label}</span><select value=${value} onChange=${(event) => onChange(event.target.value)}>
    ${options.map(({ id, name }) => html`<option key=${id} value=${id} selected=${id === value}>${name}</option>`)}</select></label>`;
}

// Text with the terms that were found marked, as text nodes.
export function Marked({ text, terms }) {
  const wanted = terms.filter(Boolean).map((term) => term.toLowerCase());
  if (!wanted.length) return text;
  const pieces = text.split(/([\p{L}\p{N}]+)/u);
  return pieces.map((piece, at) => (at % 2 && wanted.includes(piece.toLowerCase()) ? html`<mark key=${at}>${piece}</mark>` : piece));
}
