// The console: each state of the server goes to every section.

import { chart } from "./chart.js";
import { clock } from "./clock.js";
import { commands, isFinal, statusWords } from "./commands.js";
import { byId, count, printable, write } from "./dom.js";
import { fleet } from "./fleet.js";
import { form } from "./form.js";
import { follow } from "./link.js";
import { notices } from "./notices.js";

// The command that was chosen; without a choice, the newest is shown.
let chosen = null;
let newest = null;
let told = "";
let live = false;

const time = clock();
const sender = form({ onSent: (id) => { chosen = id; } });
const grid = fleet({ onPick: sender.target });
const list = commands({ onShow: (id) => { chosen = id; update(newest); }, onSaid: (words) => write(byId("said"), words) });
const lines = chart();
const messages = notices();

function update(state) {
  newest = state;
  const shown = state.commands.find((command) => command.id === chosen) ?? state.commands[0];
  const name = printable(state.scenario, 120);
  write(byId("scenario"), name);
  if (document.title !== `${name} · fleetsim`) document.title = `${name} · fleetsim`;
  write(byId("digest"), printable(state.digest, 64));
  time.update({ ...state, live });
  list.update(state.commands, shown?.id);
  grid.update(state, shown);
  lines.update(state, shown);
  announce(shown);
}

/** Says it when the command in sight came to another status. */
function announce(command) {
  const words = command ? `Command ${printable(command.id, 40).slice(0, 8)}: ${statusWords(command)}` : "";
  if (words === told) return;
  told = words;
  const done = isFinal(command ?? {}) ? `, ${count(command.completed_count)} of ${count(command.target_count)} done` : "";
  write(byId("said"), words + done);
}

follow({
  onState(state) {
    update(state);
    messages.take(state.bulletins);
  },
  onAnew() {
    chosen = null;
    [grid, lines, messages].forEach((section) => section.forget());
    write(byId("said"), "The server has begun anew.");
  },
  onLink(isLive, seconds) {
    live = isLive;
    document.body.classList.toggle("stale", !live);
    write(byId("link"), live ? "Live." : `The server does not answer; what is shown is old. Trying again in ${seconds} s.`);
    if (live) sender.offer();
    else if (newest) time.update({ ...newest, live });
  },
});
