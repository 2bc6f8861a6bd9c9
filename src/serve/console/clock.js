// Simulated time and its speed.

import { byId, duration, printable, tell, write } from "./dom.js";
import { post } from "./link.js";

/** Shows the time of the newest state, running on at its speed, and steers it. */
export function clock() {
  const speeds = [...document.querySelectorAll("[data-speed]")];
  const pause = byId("pause");
  let state = null, came = 0;

  const speedOf = (button) => (button.dataset.speed === "max" ? null : Number(button.dataset.speed));
  const steer = (button, act) => button.addEventListener("click", async () => {
    tell(byId("fault"), null);
    try {
      await act();
    } catch (error) {
      tell(byId("fault"), printable(error.message, 1000));
    }
  });
  steer(pause, () => post(state?.paused ? "resume" : "pause"));
  steer(byId("next"), () => post("advance", { to: "next-change" }));
  for (const button of speeds) steer(button, () => post("speed", { speed: speedOf(button) }));

  function update(newest) {
    [state, came] = [newest, performance.now()];
    write(pause, state.paused ? "Resume" : "Pause");
    for (const button of speeds) button.setAttribute("aria-pressed", String(speedOf(button) === state.speed));
    const speed = state.speed === null ? "as fast as requests allow" : `at ${state.speed} times real time`;
    write(byId("pace"), state.paused ? `Paused; would run ${speed}.` : `Runs ${speed}.`);
    show();
  }

  function show() {
    if (!state || document.hidden) return;
    // Between two states the clock runs on, but not past what would have been told.
    const since = state.paused || !state.speed || !state.live ? 0 : ((performance.now() - came) / 1000) * state.speed;
    const seconds = Math.min(state.seconds + since, Math.max(state.next_seconds ?? Infinity, state.seconds));
    write(byId("elapsed"), duration(seconds));
    const at = new Date(Date.parse(state.start) + seconds * 1000);
    write(byId("now"), Number.isNaN(at.getTime()) ? "" : `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`);
  }

  setInterval(show, 500);
  return { update };
}
