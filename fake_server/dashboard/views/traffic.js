// Traffic: calls a second, statuses and latency over time, as charts and as a table.
import { get } from "../api.js";
import { clock, count, duration, number } from "../format.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { Chips } from "../parts.js";
import { change as changeRoute, go, writeRoute } from "../route.js";
import { session, tell } from "../session.js";
import { useStore } from "../store.js";

const WINDOWS = [{ id: "120", name: "2 min", step: 1 }, { id: "600", name: "10 min", step: 5 }, { id: "3600", name: "1 h", step: 30 }];
const REFRESH = 2000; // milliseconds between looks

// uPlot is loaded when this view is first opened: no other one draws.
async function plotter() {
  if (!document.querySelector("link[data-plots]")) {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "vendor/uPlot.min.css";
    style.dataset.plots = "yes";
    document.head.append(style);
  }
  return (await import("../vendor/uPlot.js")).default;
}

// A canvas knows no variables: an element says what a token is in the theme that is shown.
function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  probe.style.forcedColorAdjust = "none"; // a line that tells answers from failures keeps its colour
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color; // as rgb(1, 2, 3)
}
const shade = (rgb) => rgb.replace("rgb(", "rgba(").replace(")", ", 0.2)");

function Chart({ title, sentence, data, series, format, theme, utc, onPick }) {
  const box = useRef(null);
  const plot = useRef(null);
  useLayoutEffect(() => {
    let ended = false;
    plotter().then((UPlot) => {
      if (ended) return;
      const axis = { stroke: colour("--text-2"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") }, font: "12px system-ui" };
      plot.current = new UPlot({
        width: box.current.clientWidth, height: 180, padding: [8, 36, 0, 0], cursor: { drag: { x: true, y: false, setScale: false } }, legend: { show: false },
        axes: [{ ...axis, space: 90, values: (_plot, moments) => moments.map((moment) => clock(new Date(moment * 1000).toISOString(), utc, false)) }, { ...axis, size: 72, values: (_plot, values) => values.map((value) => (value === null ? "" : format(value))) }],
        series: [{}, ...series.map(({ name, tone, kind }) => ({ label: name, stroke: colour(tone), fill: kind === "line" ? undefined : shade(colour(tone)), width: 2, points: kind === "line" ? { show: true, size: 6, fill: colour(tone) } : { show: false } }))],
        hooks: { setSelect: [(chart) => { if (chart.select.width > 4) onPick(chart.posToVal(chart.select.left, "x")); }] },
      }, data, box.current);
    }).catch((error) => tell(error.message, { bad: true }));
    const watcher = new ResizeObserver(() => plot.current && plot.current.setSize({ width: box.current.clientWidth, height: 180 }));
    watcher.observe(box.current);
    return () => { ended = true; watcher.disconnect(); if (plot.current) plot.current.destroy(); plot.current = null; };
  }, [theme, utc]);
  useEffect(() => { if (plot.current) plot.current.setData(data); }, [data]);
  return html`<section class="card cards"><div class="between"><h2>${title}</h2><span class="row-of quiet">${series.map(({ name, tone }) => html`<span key=${name} class="row-of"><i class="key" style=${{ background: `var(${tone})` }}></i>${name}</span>`)}</span></div>
    <div ref=${box} class="chart" role="img" aria-label=${sentence}></div><p class="quiet">${sentence}</p></section>`;
}

const sum = (values) => values.reduce((total, value) => total + (value || 0), 0);
const most = (values) => values.reduce((top, value) => Math.max(top, value || 0), 0);

export function Traffic({ fields }) {
  const chosen = WINDOWS.find(({ id }) => id === fields.window) || WINDOWS[0];
  const [stats, setStats] = useState(null);
  const [table, setTable] = useState(false);
  const theme = useStore(session, (value) => value.theme);
  const utc = useStore(session, (value) => value.utc);
  useEffect(() => {
    let ended = false;
    const look = async () => {
      if (document.hidden) return;
      try {
        const answer = await get("stats", { window: chosen.id, step: chosen.step, key_id: fields.key });
        if (!ended) setStats(answer);
      } catch (error) {
        if (error.status) tell(error.message, { bad: true });
      }
    };
    look();
    const timer = setInterval(look, REFRESH);
    return () => { ended = true; clearInterval(timer); };
  }, [chosen.id, fields.key]);

  const head = html`<div class="view-head"><div class="grow"><h1 tabindex="-1">Traffic</h1></div><${Chips} label="Time span" value=${chosen.id} onChange=${(id) => changeRoute({ window: id }, { replace: true })} options=${WINDOWS} />
    <button type="button" aria-pressed=${table ? "true" : "false"} onClick=${() => setTable(!table)}>Table</button></div>`;
  if (!stats) return html`${head}<p class="pad quiet">Loading.</p>`;
  const seconds = stats.t;
  const answered = stats.answered;
  const failed = stats.failed;
  const all = sum(answered) + sum(failed);
  const a_second = (values) => values.map((value) => (value || 0) / chosen.step);
  const calls = [seconds, a_second(answered.map((value, at) => value + failed[at])), a_second(failed)];
  const latency = [seconds, stats.p50, stats.p95];
  const since = (moment) => ({ key: fields.key, since: new Date(moment * 1000).toISOString() });
  const pick = (moment) => go("calls", since(moment));
  const slowest = most(stats.p95);
  return html`${head}<div class="scroll" tabindex="0" role="region" aria-label="Traffic"><div class="pad">
    ${table ? html`<table><caption class="hidden">Traffic</caption><thead><tr><th scope="col">Time</th><th scope="col" class="num">Answered</th><th scope="col" class="num">Failed</th><th scope="col" class="num">95 % under</th></tr></thead><tbody>
      ${seconds.map((moment, at) => ({ moment, at })).filter(({ at }) => answered[at] || failed[at]).reverse().map(({ moment, at }) => html`<tr key=${moment}><td><a class="mono" href=${writeRoute("calls", since(moment))}>${clock(new Date(moment * 1000).toISOString(), utc, false)}</a></td><td class="num">${number(answered[at])}</td><td class="num">${number(failed[at])}</td><td class="num">${stats.p95[at] !== null ? duration(stats.p95[at]) : ""}</td></tr>`)}</tbody></table>${all ? null : html`<p class="quiet">No calls in this time.</p>`}`
    : html`<${Chart} key=${`calls${chosen.id}`} title="Calls a second" theme=${theme} utc=${utc} data=${calls} format=${(value) => String(Math.round(value * 10) / 10)} onPick=${pick} series=${[{ name: "all", tone: "--bar-ok" }, { name: "failed", tone: "--bar-bad" }]}
        sentence=${`${count(all, "call")} in ${chosen.name}, ${number(sum(failed))} failed, at most ${(most(calls[1])).toFixed(1)} a second. Drag across the chart to see the calls of a time.`} />
      <${Chart} key=${`latency${chosen.id}`} title="Latency" theme=${theme} utc=${utc} data=${latency} format=${duration} onPick=${pick} series=${[{ name: "half under", tone: "--store", kind: "line" }, { name: "95 % under", tone: "--bar-warn", kind: "line" }]}
        sentence=${`95 % of the answers took at most ${duration(slowest)} in the slowest step, as the server measures it.`} />
      <section class="card cards"><h2>Statuses</h2><table><thead><tr><th scope="col">Status</th><th scope="col" class="num">Attempts</th></tr></thead><tbody>${Object.entries(stats.statuses).map(([status, values]) => html`<tr key=${status}><td>${/^\d+$/.test(status) ? html`<a href=${writeRoute("calls", { key: fields.key, status })}>${status}</a>` : status}</td><td class="num">${number(sum(values))}</td></tr>`)}</tbody></table></section>
      <p class="quiet">${all ? `${(sum(stats.attempts) / all).toFixed(2)} attempts a call.` : ""}</p>`}</div></div>`;
}
