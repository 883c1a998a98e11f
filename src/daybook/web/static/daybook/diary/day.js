// The day goes on: the hours open on the morning, and the line of the present moves.

import { board } from "./board.js";

const SLOT = 5 * 60_000;
// Half past seven, in slots; earlier if it is earlier.
const MORNING = 90;
const HOUR = 12;

/** @param {Element | null | undefined} line */
const slotOf = (line) => Number(line?.className.match(/\bs(\d+)\b/)?.[1] ?? MORNING + HOUR);

function openOnTheMorning() {
  const hours = board()?.querySelector(".timed");
  const slots = hours?.querySelector("ol.slots");
  if (!hours || !slots) return;
  const first = Math.max(0, Math.min(MORNING, slotOf(hours.querySelector(".ground .now")) - HOUR));
  hours.scrollTop = (first / 288) * slots.getBoundingClientRect().height;
}

/** Move the line of the present to where the time has come since the server drew it. */
function moveOn() {
  const line = board()?.querySelector(".ground .now");
  if (!(line instanceof HTMLElement)) return;
  const slot = Number((line.dataset.drawn ??= String(slotOf(line))));
  const at = Number((line.dataset.at ??= String(Date.now())));
  const passed = Math.floor((Date.now() - at) / SLOT);
  line.className = line.className.replace(/\bs\d+\b/, `s${Math.min(287, slot + passed)}`);
}

openOnTheMorning();
moveOn();
window.setInterval(moveOn, SLOT / 5);
