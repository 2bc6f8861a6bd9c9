// The list of commands: one row each, written in place so that the keyboard's focus stays where it is.

import { byId, count, element, foreign, printable, tell, write } from "./dom.js";
import { call } from "./link.js";

const FINAL = new Set(["Success", "Failed", "TimedOut", "Cancelled"]);

/** Whether nothing more will come of a command. */
export const isFinal = (command) => FINAL.has(command.status);

/** A command's status as it is shown: `Failed (Incomplete)`. */
export const statusWords = ({ status, details }) => (details && details !== status ? `${status} (${details})` : status);

/** `onShow(id)` is told which command is to be looked at. */
export function commands({ onShow, onSaid }) {
  const list = byId("commands");
  const rows = new Map();

  function update(all, shownId) {
    byId("no-commands").hidden = all.length > 0;
    list.hidden = all.length === 0;
    const present = new Set(all.map((command) => command.id));
    for (const [id, row] of rows) {
      if (present.has(id)) continue;
      row.item.remove();
      rows.delete(id);
    }
    let before = list.firstElementChild;
    for (const command of all) {
      let row = rows.get(command.id);
      if (!row) rows.set(command.id, (row = makeRow(command, onShow, onSaid)));
      if (row.item === before) before = before.nextElementSibling;
      else list.insertBefore(row.item, before);
      writeRow(row, command, command.id === shownId);
    }
  }
  return { update };
}

function makeRow(command, onShow, onSaid) {
  const short = printable(command.id, 40).slice(0, 8);
  const row = {
    status: element("span", { class: "chip" }),
    bar: element("progress", { "aria-label": `Completed targets of command ${short}` }),
    numbers: element("p"),
    limits: element("p", { class: "quiet" }),
    fault: element("p", { class: "fault", role: "alert", hidden: "" }),
    show: element("button", { type: "button", "aria-pressed": "false", "aria-label": `Show command ${short}` }, "Show"),
    cancel: element("button", { type: "button", "aria-label": `Cancel command ${short}` }, "Cancel"),
  };
  const document = element("strong", {}, foreign(command.document, 80));
  const name = element("p", {}, document, " ", element("code", {}, short), " ", row.status);
  const comment = element("p", { class: "quiet clip" }, foreign(command.comment));
  comment.hidden = !command.comment;
  const buttons = element("div", { class: "buttons" }, row.show, row.cancel);
  row.item = element("li", {}, name, comment, row.bar, row.numbers, row.limits, buttons, row.fault);
  row.show.addEventListener("click", () => onShow(command.id));
  row.cancel.addEventListener("click", async () => {
    if (row.cancel.getAttribute("aria-disabled") === "true") return;
    tell(row.fault, null);
    try {
      await call("CancelCommand", { CommandId: command.id });
      onSaid(`Cancel of command ${short} asked for.`);
    } catch (error) {
      tell(row.fault, printable(error.message, 1000));
    }
  });
  return row;
}

function writeRow(row, command, isShown) {
  if (row.change === command.change && row.isShown === isShown) return;
  [row.change, row.isShown] = [command.change, isShown];
  write(row.status, statusWords(command));
  row.status.className = `chip ${tone(command.status)}`;
  row.bar.max = Math.max(1, command.target_count);
  row.bar.value = command.completed_count;
  const parts = [
    `${count(command.completed_count)} of ${count(command.target_count)} done`,
    `${count(command.in_flight)} in flight`,
    `${count(command.error_count)} errors`,
  ];
  if (command.delivery_timed_out_count) parts.push(`${count(command.delivery_timed_out_count)} timed out in delivery`);
  write(row.numbers, parts.join(", "));
  write(row.limits, `MaxConcurrency ${printable(command.max_concurrency, 10)}, MaxErrors ${printable(command.max_errors, 10)}`);
  row.show.setAttribute("aria-pressed", String(isShown));
  row.cancel.setAttribute("aria-disabled", String(isFinal(command) || command.status === "Cancelling"));
}

const tone = (status) => ({ Success: "good", Failed: "bad", TimedOut: "bad" })[status] ?? "";
