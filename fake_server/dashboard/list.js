// A window on ten thousand rows of one height: some thirty are in the page, moved by one transform.
import { html, useCallback, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { useSteady } from "./steady.js";

const AROUND = 6; // rows above and below what is seen, so that a fast scroll shows no gap
const STEP = 6; // rows by which the window moves, so that most frames of a scroll change nothing in the page

const FRAMES = 30; // that a row which was scrolled to may take to be drawn

const itself = (id) => id;

// Focus the row at an index once it is drawn: after a scroll that may take more than one frame.
export function focusRow(box, at, frames = FRAMES) {
  requestAnimationFrame(() => {
    const row = box.querySelector(`[data-index="${at}"]`);
    if (row) row.focus({ preventScroll: true });
    else if (frames > 1 && box.isConnected) focusRow(box, at, frames - 1);
  });
}

// `rows` is an array of ids, newest first; `render(id, index)` gives the cells of a row. The first row that is seen stays
// where it is when rows arrive above it, except at the very top; there, none moves while somebody aims at one. A row that
// `isPassed` can have the focus, but is stepped over while another is open.
export function RowList({ rows: all, height, render, selected, onOpen, label, headings, columns, onTop, isPassed = () => false }) {
  const [rows, aiming] = useSteady(all, itself);
  const box = useRef(null);
  const [view, setView] = useState({ at: 0, tall: 600 }); // the first row of the step that is seen
  const [focused, setFocused] = useState(null); // the id of the row that has, or had, the focus
  const first = useRef(null); // the id of the first row that is seen, and how far it is cut

  const look = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const at = Math.floor(element.scrollTop / height);
    first.current = element.scrollTop < height ? null : { id: rows[at], cut: element.scrollTop - at * height };
    const step = at - (at % STEP);
    setView((now) => (now.at === step && now.tall === element.clientHeight ? now : { at: step, tall: element.clientHeight }));
    onTop(element.scrollTop < height);
  }, [rows, height, onTop]);

  useLayoutEffect(() => {
    const held = first.current;
    if (held && box.current) {
      const at = rows.indexOf(held.id);
      const top = at * height + held.cut;
      if (at >= 0 && Math.abs(top - box.current.scrollTop) >= 1) box.current.scrollTop = top;
    }
    look();
  }, [rows]);

  useEffect(() => {
    const watcher = new ResizeObserver(look);
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, [look]);

  // A call that a link opens is brought into sight, once.
  const sought = useRef(null);
  useLayoutEffect(() => {
    if (!selected || sought.current === selected || !rows.length) return;
    sought.current = selected;
    const at = rows.indexOf(selected);
    if (at >= 0) reveal(at);
  }, [selected, rows]);

  const reveal = (index) => {
    const element = box.current;
    const top = index * height;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + element.clientHeight) element.scrollTop = top + height - element.clientHeight;
  };
  const move = (index) => {
    const by = index < current ? -1 : 1;
    let to = Math.max(0, Math.min(rows.length - 1, index));
    while (selected && rows[to] && isPassed(rows[to])) to += by;
    if (!rows[to]) return;
    setFocused(rows[to]);
    reveal(to);
    focusRow(box.current, to);
    if (selected) onOpen(rows[to], { keepFocus: true });
  };
  const current = Math.max(0, rows.indexOf(selected && rows.includes(selected) ? selected : focused));
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(view.tall / height) - 1);
    const to = {
      ArrowDown: current + 1, j: current + 1, ArrowUp: current - 1, k: current - 1,
      Home: 0, End: rows.length - 1, PageDown: current + page, PageUp: current - page,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      move(to);
    } else if (event.key === "Enter" && rows[current]) {
      event.preventDefault();
      onOpen(rows[current], {});
    }
  };

  const from = Math.max(0, view.at - AROUND);
  const to = Math.min(rows.length, view.at + STEP + Math.ceil(view.tall / height) + AROUND);
  const shown = rows.slice(from, to);
  // Names, and no element: the handlers of a render would keep it, and by it the elements of every render before.
  const headRows = headings ? 1 : 0;
  return html`<div class="grid" role="grid" aria-label=${label} aria-rowcount=${rows.length + headRows} aria-colcount=${columns}>
    ${headings ? html`<div class="row head" role="row" aria-rowindex="1">${headings.map((name) => html`<span key=${name} role="columnheader">${name}</span>`)}</div>` : null}
    <div class="rows" ref=${box} onScroll=${look} onKeyDown=${onKeyDown} ...${aiming} role="rowgroup" data-rows>
      <div class="rows-all" role="presentation" style=${{ height: `${rows.length * height}px` }}>
        <div class="rows-seen" role="presentation" style=${{ transform: `translateY(${from * height}px)` }}>
          ${shown.map((id, at) => {
            const index = from + at;
            return html`<div key=${id} class=${id === selected ? "row row-open" : "row"} role="row" data-index=${index} data-id=${id}
              aria-rowindex=${index + headRows + 1} aria-selected=${id === selected ? "true" : "false"}
              tabindex=${index === current ? 0 : -1} style=${{ height: `${height}px` }}
              onClick=${() => { setFocused(id); onOpen(id, {}); }} onFocus=${() => setFocused(id)}>${render(id, index)}</div>`;
          })}
        </div>
      </div>
    </div>
  </div>`;
}
