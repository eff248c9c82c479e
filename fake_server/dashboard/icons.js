// The icons, as lines on a grid of 16: each stands beside its word, so that none is read aloud.
import { html } from "./html.js";

const PATHS = {
  calls: "M1 4h5M8.5 4h2M13 4h2M1 8h2M5.5 8H15M1 12h7M10.5 12H15",
  memories: "M3 2h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM5 6h6M5 9h6M5 11.5h3",
  faults: "M9 1 3 9h4l-1 6 6-8H8l1-6z",
  keys: "M10.5 2.5a3 3 0 1 1-2.1 5.1L3 13H1v-2l5.4-5.4a3 3 0 0 1 4.1-3.1zM4 11l1.5 1.5",
  traffic: "M2 14V8M6 14V4M10 14V9M14 14V2",
  time: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM8 4.5V8l2.5 2",
  more: "M2 4h12M2 8h12M2 12h12",
  search: "M7 2a5 5 0 1 1 0 10A5 5 0 0 1 7 2zM10.5 10.5 14 14",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  up: "M8 14V2M3.5 6.5 8 2l4.5 4.5",
  down: "M8 2v12M3.5 9.5 8 14l4.5-4.5",
  link: "M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5 7.5 13a3 3 0 0 1-4.3-4.3l1.5-1.5",
  pause: "M5 3v10M11 3v10",
  play: "M4.5 2.5v11l9-5.5z",
  warn: "M8 2 1.5 13.5h13L8 2zM8 6.5v3.2M8 11.6v.2",
  nothing: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM3.6 12.4l8.8-8.8",
  cross: "M3 3l10 10M13 3 3 13",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  undo: "M5.5 2 2 5.5 5.5 9M2 5.5h8a4 4 0 0 1 0 8H6",
  theme: "M8 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM8 .8v1.4M8 13.8v1.4M.8 8h1.4M13.8 8h1.4M2.9 2.9l1 1M12.1 12.1l1 1M2.9 13.1l1-1M12.1 3.9l1-1",
  filter: "M2 4h12M4.5 8h7M6.5 12h3",
  check: "M3 8.5l3.5 3.5L13 4.5",
};

export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
  <path d=${PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" /></svg>`;
