// Notifications, as they were sent and as they arrived.

import { byId, count, duration, element, foreign, printable, write } from "./dom.js";

const ROWS = 200;
const LATE_SECONDS = 5;
// Nobody reads faster, and a flood of notifications must not cost the page its frames.
const BETWEEN_MS = 500;
/** Pairs of endpoint and subject that are remembered for the order of what arrives, at least. */
const REMEMBERED = 10_000;
// Published and arrived have numbers of their own; what went wrong is counted by its mark.
const MARKS = ["late", "doubled", "out of order", "failed", "lost"];

/** Two lists that take bulletins. */
export function notices() {
  const [sent, arrived] = [makeList(byId("notices-sent")), makeList(byId("notices-arrived"))];
  const topics = new Set();
  const hold = byId("hold");
  let counts = new Map(), newest = makeMemory(), timer = 0;

  function take(bulletins) {
    if (bulletins.length === 0) return;
    for (const bulletin of bulletins) {
      const marks = marksOf(bulletin, newest);
      for (const name of [bulletin.what, ...marks.filter((mark) => mark !== bulletin.what)]) counts.set(name, (counts.get(name) ?? 0) + 1);
      (bulletin.what === "published" ? sent : arrived).add({ bulletin, marks });
      addTopic(topics, bulletin.topic);
    }
    timer ||= setTimeout(show, BETWEEN_MS);
  }

  const isHeld = () => hold.getAttribute("aria-pressed") === "true";
  function show() {
    timer = 0;
    writeCounts(counts);
    if (!isHeld()) [sent, arrived].forEach((list) => list.write());
  }

  hold.addEventListener("click", () => {
    hold.setAttribute("aria-pressed", String(!isHeld()));
    show();
  });
  return {
    take,
    forget() {
      clearTimeout(timer);
      [counts, newest, timer] = [new Map(), makeMemory(), 0];
      [sent, arrived].forEach((list) => list.clear());
      write(byId("notice-counts"), "None yet.");
    },
  };
}

/** What is remarkable about a bulletin; `newest` remembers when the newest message of a subject at an endpoint was sent. */
function marksOf(bulletin, newest) {
  if (bulletin.what === "published") return [];
  if (bulletin.what === "failed" || bulletin.what === "lost") return [bulletin.what];
  const marks = [];
  const late = bulletin.late_seconds ?? 0;
  if (late > LATE_SECONDS) marks.push("late");
  if (bulletin.duplicate) marks.push("doubled");
  const key = `${bulletin.to} ${bulletin.topic} ${bulletin.subject}`;
  const sentAt = bulletin.seconds - late;
  const before = newest.get(key) ?? -Infinity;
  // Both times are rounded to what is printed.
  if (sentAt < before - 0.002) marks.push("out of order");
  newest.set(key, Math.max(before, sentAt));
  return marks;
}

/** A map that forgets what was not set for long: a full half takes the place of the older one. */
function makeMemory() {
  let young = new Map(), old = new Map();
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      young.set(key, value);
      if (young.size >= REMEMBERED) [young, old] = [new Map(), young];
    },
  };
}

function writeCounts(counts) {
  const arrived = (counts.get("arrived") ?? 0) + (counts.get("delivered") ?? 0);
  const parts = [`${count(counts.get("published") ?? 0)} sent`, `${count(arrived)} arrived`];
  for (const mark of MARKS) if (counts.get(mark)) parts.push(`${count(counts.get(mark))} ${mark}`);
  write(byId("notice-counts"), parts.join(", "));
}

/** A list that shows the newest rows, the newest first, and never has more. */
function makeList(list) {
  let waiting = [];
  return {
    add(row) {
      waiting.push(row);
      if (waiting.length > 2 * ROWS) waiting = waiting.slice(-ROWS);
    },
    write() {
      if (waiting.length === 0) return;
      list.prepend(...waiting.slice(-ROWS).reverse().map(makeItem));
      waiting = [];
      while (list.childElementCount > ROWS) list.lastElementChild.remove();
    },
    clear() {
      waiting = [];
      list.replaceChildren();
    },
  };
}

function makeItem({ bulletin, marks }) {
  const { seconds, what, subject, status, topic, to, late_seconds: late } = bulletin;
  const main = element("p", { class: "notice" },
    element("span", { class: "at" }, duration(seconds)), " ", element("strong", {}, foreign(status, 40)), " ",
    element("code", { class: "clip" }, foreign(subject, 120)));
  if (what !== "published" && late != null) main.append(" ", element("span", { class: "quiet" }, `+${late.toFixed(1)} s`));
  for (const mark of marks) main.append(" ", element("span", { class: "chip bad" }, mark));
  const where = what === "published" ? topic : to ?? topic;
  return element("li", {}, main, element("p", { class: "quiet clip" }, foreign(where, 200)));
}

/** Topics that were seen are offered in the form. */
function addTopic(topics, topic) {
  if (!topic || topics.has(topic) || topics.size >= 50) return;
  topics.add(topic);
  byId("topics").append(element("option", { value: printable(topic) }));
}
