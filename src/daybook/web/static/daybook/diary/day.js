// The day goes on: the hours open on the morning, and the line of the present moves.

import { board } from "./board.js";

const SLOT = 5 * 60_000;
const SLOTS = 288;

/** @param {Element | null | undefined} part */
const slotOf = (part) => Number(part?.className.match(/\bs(\d+)\b/)?.[1] ?? 0);

/** Where the browser does not do so itself, show the hour the server says. */
function openOnTheMorning() {
  const hours = board()?.querySelector(".timed");
  const slots = hours?.querySelector("ol.slots");
  if (!hours || !slots || hours.scrollTop) return;
  hours.scrollTop = (slotOf(hours.querySelector(".opening")) / SLOTS) * slots.getBoundingClientRect().height;
}

/** Move the line of the present to where the time has come since the server drew it. */
function moveOn() {
  const line = board()?.querySelector(".ground .now");
  if (!(line instanceof HTMLElement)) return;
  const slot = Number((line.dataset.drawn ??= String(slotOf(line))));
  const at = Number((line.dataset.at ??= String(Date.now())));
  const passed = Math.floor((Date.now() - at) / SLOT);
  line.className = line.className.replace(/\bs\d+\b/, `s${Math.min(SLOTS - 1, slot + passed)}`);
}

openOnTheMorning();
moveOn();
window.setInterval(moveOn, SLOT / 5);
