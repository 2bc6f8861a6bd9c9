// The statuses of the grid's bytes, their colours and marks.

/** By code. A mark tells statuses apart where colours do not. */
export const STATUSES = [
  { name: "not targeted" },
  { name: "Pending" },
  { name: "InProgress" },
  { name: "Delayed", mark: "dot" },
  { name: "Success" },
  { name: "Failed", mark: "cross" },
  { name: "TimedOut", mark: "bar" },
  { name: "Cancelled", mark: "slash" },
  { name: "Cancelling", mark: "slash" },
  { name: "not sent", mark: "bar" },
  { name: "waiting" },
];

/** In the order of a legend: what is under way, what went wrong, what is done, what waits. */
export const ORDER = [2, 1, 3, 8, 5, 6, 7, 9, 4, 10, 0];

/** The status of a byte; a code from a newer server stays readable. */
export const statusOf = (code) => STATUSES[code] ?? { name: `status ${code}` };

/** The colour of each code in the style sheet's present scheme, as `#rrggbb`. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  return STATUSES.map((_, code) => style.getPropertyValue(`--status-${code}`).trim());
}

/** Calls back when the page changes between light and dark. */
export function onScheme(listener) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}
