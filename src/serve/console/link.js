// The way to the server: requests with faults in words, and the stream of states.

/** Something the server refused, in its words. */
export class Refusal extends Error {}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The server does not answer.");
  }
  if (!response.ok) throw new Refusal(words(response.status, await response.text().catch(() => "")));
  return response;
}

/** What an error answer says: AWS's name and message, or the text as it is. */
function words(status, body) {
  let said;
  try {
    said = JSON.parse(body);
  } catch {
    return body.trim() || `The server answered with status ${status}.`;
  }
  const name = String(said?.__type ?? said?.code ?? "").split("#").pop();
  const message = said?.message ?? said?.Message ?? said?.error ?? "";
  const text = [name, message].filter(Boolean).join(": ") || `The server answered with status ${status}.`;
  const signed = /Signature|AuthenticationToken|UnrecognizedClient|IncompleteSignature/.test(name);
  return signed ? `${text} This server wants signed requests (--auth), and the console does not sign.` : text;
}

/** JSON from a route of the console. */
export const get = async (path, signal) => (await ask(path, { signal })).json();

/** Bytes from a route of the console. */
export const bytes = async (path) => new Uint8Array(await (await ask(path)).arrayBuffer());

/** A request that changes the clock. */
export async function post(route, body = {}) {
  await ask(`/_fleetsim/${route}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
}

/** A call of the Systems Manager API, as any client makes it. */
export async function call(operation, parameters) {
  const response = await ask("/", {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `AmazonSSM.${operation}` },
    body: JSON.stringify(parameters),
  });
  return response.json();
}

// A stream tells something every five seconds; one that is silent for longer is dead.
const SILENCE_MS = 15_000;
const LONGEST_WAIT_S = 10;

/**
 * Follows the server's states for as long as the page is open.
 *
 * `onState(state)` gets each with the bulletins that are new; `onAnew()` is told when the server has begun again from
 * nothing; `onLink(live, seconds)` whether it answers, and if not, when it is tried again.
 */
export function follow({ onState, onAnew, onLink }) {
  let after = 0, wait = 1, last = null, stream = null, watch = 0;

  async function begin() {
    try {
      if (!take(await get(`/_fleetsim/state?after=${after}`))) return;
    } catch (error) {
      // A fault of this page is no fault of the line: it belongs where it can be read.
      if (!(error instanceof Refusal)) console.error(error);
      return later();
    }
    stream = new EventSource(`/_fleetsim/stream?after=${after}`);
    stream.onopen = () => { wait = 1; onLink(true); heard(); };
    stream.onerror = later;
    stream.addEventListener("state", (event) => { heard(); take(JSON.parse(event.data)); });
    heard();
  }

  function heard() {
    clearTimeout(watch);
    watch = setTimeout(later, SILENCE_MS);
  }

  function stop() {
    clearTimeout(watch);
    stream?.close();
    stream = null;
  }

  function later() {
    stop();
    onLink(false, wait);
    setTimeout(begin, wait * 1000);
    wait = Math.min(wait * 2, LONGEST_WAIT_S);
  }

  /** Whether the state continues what was seen before. */
  function take(state) {
    if (last && isAnew(last, state)) {
      [after, last] = [0, null];
      stop();
      onAnew();
      begin();
      return false;
    }
    last = state;
    state.bulletins = (state.bulletins ?? []).filter((bulletin) => bulletin.number > after);
    after = state.bulletins.at(-1)?.number ?? after;
    onState(state);
    return true;
  }

  begin();
}

/** Whether a state is of another world than the one before: time went back, or commands are gone that cannot be. */
function isAnew(before, state) {
  const newest = before.commands[0]?.id;
  const lost = newest && state.commands.length < 50 && !state.commands.some((command) => command.id === newest);
  return state.seconds < before.seconds || state.scenario !== before.scenario || state.start !== before.start || lost;
}
