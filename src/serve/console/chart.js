// What is in flight under MaxConcurrency, and errors against MaxErrors, over simulated time; from the states that came by.

import { byId, count, duration, write } from "./dom.js";
import { isFinal } from "./commands.js";

const SVG = "http://www.w3.org/2000/svg";
/** Points kept of a command; beyond, two become one. */
const POINTS = 600;
const HEIGHT = 300;
const LEFT = 56, RIGHT = 12;
const PANELS = [
  { name: "in flight", key: "flight", limit: "MaxConcurrency", top: 14, bottom: 158 },
  { name: "errors", key: "errors", limit: "MaxErrors", top: 188, bottom: 268 },
];

/** Collects a series for each command and draws that of one. */
export function chart() {
  const place = byId("chart");
  const svg = make("svg", { role: "img", "aria-labelledby": "chart-title chart-caption", height: HEIGHT });
  place.append(svg);
  const series = new Map();
  let drawn = null, pending = false, width = 240;

  function update(state, shown) {
    const present = new Set(state.commands.map((command) => command.id));
    for (const id of series.keys()) if (!present.has(id)) series.delete(id);
    for (const command of state.commands) note(series, command, state.seconds);
    drawn = shown ? { command: shown, now: state.seconds } : null;
    redraw();
  }

  function redraw() {
    if (pending || document.hidden) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      if (drawn) draw(svg, width, drawn, series.get(drawn.command.id));
      else svg.replaceChildren();
      write(byId("chart-caption"), drawn ? caption(drawn, series.get(drawn.command.id)) : "No command yet.");
    });
  }

  // Asking the element itself would lay out the page in the midst of a frame.
  new ResizeObserver(([entry]) => {
    width = Math.max(240, entry.contentRect.width);
    redraw();
  }).observe(place);
  document.addEventListener("visibilitychange", redraw);
  return { update, forget: () => series.clear() };
}

/** Adds a point where something changed. */
function note(series, command, now) {
  let points = series.get(command.id);
  if (!points) series.set(command.id, (points = []));
  const point = { time: now, flight: command.in_flight, errors: command.error_count };
  const last = points.at(-1);
  if (last && last.flight === point.flight && last.errors === point.errors) return;
  points.push(point);
  if (points.length <= POINTS) return;
  // The higher of two stays, so that no peak is lost.
  const half = points.splice(0);
  for (let at = 0; at < half.length; at += 2) {
    const [first, second] = [half[at], half[at + 1] ?? half[at]];
    points.push({ time: first.time, flight: Math.max(first.flight, second.flight), errors: second.errors });
  }
}

/** A rate as a number of targets; a percentage is not rounded here, the server knows how. */
function limit(rate, targets) {
  const number = parseFloat(rate);
  return String(rate).endsWith("%") ? (number * targets) / 100 : number;
}

const limits = (command) => ({
  MaxConcurrency: { text: command.max_concurrency, value: limit(command.max_concurrency, command.target_count) },
  MaxErrors: { text: command.max_errors, value: limit(command.max_errors, command.target_count) },
});

function caption({ command }, points) {
  const peak = points.reduce((most, point) => Math.max(most, point.flight), 0);
  const since = points[0].time - command.requested_seconds;
  const seen = since > 1 ? ` Seen from ${duration(since)} on.` : "";
  return `${count(command.in_flight)} in flight, at most ${count(peak)}, of MaxConcurrency ${command.max_concurrency}; `
    + `${count(command.error_count)} errors, MaxErrors ${command.max_errors}.${seen}`;
}

function draw(svg, width, { command, now }, points) {
  const begin = command.requested_seconds;
  const end = Math.max(isFinal(command) ? points.at(-1).time : now, begin + 1);
  const x = (time) => LEFT + ((Math.max(time, begin) - begin) / (end - begin)) * (width - LEFT - RIGHT);
  svg.setAttribute("width", width);
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const parts = PANELS.flatMap((panel) => drawPanel(panel, width, x, end, points, limits(command)[panel.limit]));
  const times = ticks(end - begin, Math.max(2, Math.floor(width / 110)), TIME_STEPS);
  for (const time of times) parts.push(text(x(begin + time), HEIGHT - 12, duration(time), "middle"));
  svg.replaceChildren(...parts);
}

function drawPanel({ name, key, limit, top, bottom }, width, x, end, points, rate) {
  const peak = points.reduce((most, point) => Math.max(most, point[key]), 0);
  // A limit far above what happens would flatten the line: it is named instead of drawn.
  const far = rate.value > Math.max(peak, 1) * 8;
  const most = Math.max(peak, far ? 0 : rate.value, 1) * 1.08;
  const y = (value) => bottom - (value / most) * (bottom - top);
  const parts = [];
  for (const value of ticks(most, bottom - top > 100 ? 4 : 2, COUNT_STEPS)) {
    parts.push(make("path", { class: "line-grid", d: `M${LEFT} ${y(value)}H${width - RIGHT}` }));
    parts.push(text(LEFT - 8, y(value) + 4, count(value), "end"));
  }
  let path = `M${x(points[0].time)} ${y(points[0][key])}`;
  for (const point of points.slice(1)) path += `H${x(point.time).toFixed(1)}V${y(point[key]).toFixed(1)}`;
  const closed = `${path}H${x(end).toFixed(1)}`;
  parts.push(make("path", { class: `area-${key}`, d: `${closed}V${bottom}H${x(points[0].time)}Z` }));
  parts.push(make("path", { class: `line-${key}`, d: closed }));
  if (!far) parts.push(make("path", { class: "line-limit", d: `M${LEFT} ${y(rate.value)}H${width - RIGHT}` }));
  parts.push(text(LEFT, top - 4, name, "start", "panel-name"));
  parts.push(text(width - RIGHT, top - 4, `${limit} ${rate.text}${far ? ", above" : ", dashed"}`, "end"));
  return parts;
}

const COUNT_STEPS = [1, 2, 5];
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

/** Round values from 0 up to `most`, about so many. */
function ticks(most, about, steps) {
  const least = most / about;
  let step = steps.find((step) => step >= least);
  for (let ten = 1; !step; ten *= 10) step = steps.map((one) => one * ten).find((one) => one >= least);
  const values = [];
  for (let value = 0; value <= most; value += step) values.push(value);
  return values;
}

function make(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function text(x, y, words, anchor, kind = "") {
  const made = make("text", { x, y, "text-anchor": anchor, class: kind });
  made.textContent = words;
  return made;
}
