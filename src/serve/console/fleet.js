// The fleet's section: statuses of the command in sight, legend, cursor, and the instance under it.

import { byId, count, element, foreign, printable, write } from "./dom.js";
import { Grid } from "./grid.js";
import { Refusal, bytes, get } from "./link.js";
import { ORDER, statusOf } from "./statuses.js";

// At most five fetches a second.
const BETWEEN_MS = 200;
const REST_MS = 120;

/** `onPick(id)` is told when an instance is to become a target. */
export function fleet({ onPick }) {
  const canvas = byId("grid");
  const grid = new Grid(canvas, byId("stage"));
  const legend = makeLegend(grid, point);
  const detail = makeDetail(onPick);
  let shape = "", shown = null, wanted = null, busy = false, last = 0;

  /** A state, and the command whose statuses are shown. */
  function update(state, command) {
    const now = JSON.stringify(state.fleet);
    if (now !== shape) {
      shape = now;
      grid.shape(state.fleet.count, state.fleet.groups);
      fillGroups(state.fleet.groups);
      legend.update(new Uint8Array(state.fleet.count));
    }
    const what = command ? `Statuses of ${printable(command.document, 60)}, command ${printable(command.id, 40)}.` : "No command yet.";
    write(byId("fleet-caption"), `${count(state.fleet.count)} instances. ${what}`);
    if (command) wanted = { id: command.id, change: command.change };
    fetchGrid();
  }

  /** Fetches the grid if the command changed since, one at a time. */
  async function fetchGrid() {
    const isOld = wanted && (wanted.id !== shown?.id || wanted.change !== shown.change);
    if (!isOld || busy || document.hidden) return;
    const rest = last + BETWEEN_MS - performance.now();
    busy = true;
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    const fetched = wanted;
    last = performance.now();
    try {
      const statuses = await bytes(`/_fleetsim/grid?command=${encodeURIComponent(fetched.id)}`);
      shown = fetched;
      if (grid.update(statuses)) {
        legend.update(statuses);
        detail.status(grid);
      }
    } catch (error) {
      // The stream finds out that the server is gone, and tries again.
      if (!(error instanceof Refusal)) throw error;
    } finally {
      busy = false;
    }
    if (wanted.change !== shown?.change || wanted.id !== shown?.id) setTimeout(fetchGrid, BETWEEN_MS);
  }

  function point(index, reveal = true) {
    if (index < 0 || index >= grid.count || index === grid.cursor) return;
    grid.point(index, reveal);
    detail.show(grid);
  }

  function fillGroups(groups) {
    const words = (group) => `${printable(group.name, 60)} (${count(group.count)})`;
    const options = groups.map((group) => element("option", { value: group.first }, words(group)));
    byId("groups").replaceChildren(...options);
  }

  byId("groups").addEventListener("change", (event) => point(Number(event.target.value)));
  byId("zoom-in").addEventListener("click", () => grid.zoom(2));
  byId("zoom-out").addEventListener("click", () => grid.zoom(0.5));
  byId("zoom-fit").addEventListener("click", () => grid.zoom(0));
  document.addEventListener("visibilitychange", fetchGrid);
  canvas.addEventListener("keydown", (event) => key(event, grid, point));
  follow(canvas, grid, point);
  return { update, forget: () => { [shape, shown, wanted] = ["", null, null]; detail.clear(); grid.point(-1); } };
}

function key(event, grid, point) {
  if (event.ctrlKey || event.metaKey || event.altKey || !grid.layout) return;
  const { columns } = grid.layout;
  const last = grid.count - 1;
  const to = (index) => point(Math.min(last, Math.max(0, index)));
  const at = grid.cursor;
  const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
  const rows = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 };
  const zooms = { "+": 2, "=": 2, "-": 0.5, 0: 0 };
  if (event.key in moves) to(moves[event.key]);
  else if (event.key in rows) to(below(grid, rows[event.key], columns));
  else if (event.key in zooms) grid.zoom(zooms[event.key]);
  else return;
  event.preventDefault();
}

/** The instance so many rows below the cursor; across the gap between two groups. */
function below(grid, rows, columns) {
  if (grid.cursor < 0) return 0;
  const [column, row] = grid.layout.place(grid.cursor);
  const step = Math.sign(rows);
  for (let to = row + rows; to >= 0 && to < grid.layout.rows; to += step) {
    const index = grid.layout.index(column, to);
    if (index >= 0) return index;
  }
  return grid.cursor + rows * columns;
}

/** Pointing moves the cursor, dragging the view. */
function follow(canvas, grid, point) {
  let held = null;
  canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (held) {
      const ratio = canvas.width / canvas.clientWidth;
      grid.pan((event.clientX - held[0]) * ratio, (event.clientY - held[1]) * ratio);
      held = [event.clientX, event.clientY];
    } else point(grid.at(event.offsetX, event.offsetY), false);
  });
  canvas.addEventListener("pointerup", (event) => { held = null; point(grid.at(event.offsetX, event.offsetY), false); });
  canvas.addEventListener("pointercancel", () => { held = null; });
}

/** A button for each status, with its count; it leads to the next instance in that status. */
function makeLegend(grid, point) {
  const entries = ORDER.map((code) => {
    const number = element("span", { class: "number" }, "0");
    const swatch = element("span", { class: `swatch status-${code}`, "aria-hidden": "true" });
    const button = element("button", { type: "button" }, swatch, statusOf(code).name, " ", number);
    button.addEventListener("click", () => {
      const next = grid.bytes.indexOf(code, grid.cursor + 1);
      point(next >= 0 ? next : grid.bytes.indexOf(code));
    });
    const item = element("li", {}, button);
    byId("legend").append(item);
    return { code, item, button, number };
  });
  const update = (statuses) => {
    const counts = new Uint32Array(256);
    for (const code of statuses) counts[code]++;
    for (const { code, item, button, number } of entries) {
      write(number, count(counts[code]));
      // A button does not vanish under the one who is on it.
      item.hidden = counts[code] === 0 && document.activeElement !== button;
    }
  };
  return { update };
}

/** What is known of the instance under the cursor. */
function makeDetail(onPick) {
  const list = byId("instance"), take = byId("take");
  const status = element("dd");
  let timer = 0, request = null, id = null;
  const clear = () => {
    clearTimeout(timer);
    request?.abort();
    list.replaceChildren();
    byId("no-instance").hidden = false;
    take.disabled = true;
  };
  const setStatus = (grid) => write(status, statusOf(grid.bytes[grid.cursor] ?? 0).name);
  async function load(index, grid) {
    request = new AbortController();
    let instance;
    try {
      instance = await get(`/_fleetsim/instance?index=${index}`, request.signal);
    } catch (error) {
      if (error instanceof Refusal) list.replaceChildren(element("dt", {}, "Instance"), element("dd", {}, printable(error.message)));
      return;
    }
    if (index !== grid.cursor) return;
    const tags = Object.entries(instance.tags ?? {}).slice(0, 50);
    const tag = ([name, value]) => element("span", { class: "tag" }, foreign(name, 128), "=", foreign(value, 256));
    const written = tags.map(tag);
    setStatus(grid);
    const rows = [
      ["Instance", [foreign(instance.id)]], ["Name", [foreign(instance.name)]], ["Group", [foreign(instance.group)]],
      ["Platform", [foreign(instance.platform)]], ["Tags", written.length ? written : ["none"]],
    ];
    list.replaceChildren(...rows.flatMap(([name, values]) => [element("dt", {}, name), element("dd", {}, ...values)]),
      element("dt", {}, "Status"), status);
    byId("no-instance").hidden = true;
    id = instance.id;
    take.disabled = false;
  }
  take.addEventListener("click", () => onPick(id));
  return {
    clear,
    status: setStatus,
    // A cursor that flies over the fleet asks for nothing; one that rests asks once.
    show(grid) {
      clearTimeout(timer);
      request?.abort();
      timer = setTimeout(load, REST_MS, grid.cursor, grid);
    },
  };
}
