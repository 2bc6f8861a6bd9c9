// Elements and words. Text from the server only ever becomes a text node.

const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The element with this id, which the page has. */
export const byId = (id) => document.getElementById(id);

/** Text fit for a line: what would steer it or turn the direction of writing is spelt out, and it is cut at `most`. */
export function printable(text, most = 300) {
  let line = String(text ?? "");
  if (line.length > most) line = `${line.slice(0, most).replace(/[\ud800-\udbff]$/, "")}… (${count(line.length)} characters)`;
  return line.replace(STEERING, (letter) => (letter === "\n" ? "\\n" : `\\u{${letter.codePointAt(0).toString(16)}}`));
}

/** An element with attributes and children; children that are no nodes become text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** An element around text from outside, in which the text's own direction stays. */
export const foreign = (text, most) => element("bdi", {}, printable(text, most));

/** Writes text where it differs: an unchanged live region stays silent, an unchanged page is not laid out again. */
export function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Shows a fault in words, or hides it. */
export function tell(target, words) {
  write(target, words ?? "");
  target.hidden = !words;
}

const numbers = new Intl.NumberFormat("en-US");

/** A count with its thousands. */
export const count = (number) => numbers.format(number);

/** Seconds as `4.2 s`, `1:30` or `2:01:30`. */
export function duration(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  const sign = seconds < 0 ? "−" : "";
  return sign + (whole >= 3600 ? `${count(Math.floor(whole / 3600))}:${rest}` : rest.replace(/^0/, ""));
}
