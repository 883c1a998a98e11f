// By mouse, pen or finger: drag a chip to move it, its lower edge to change its end, an empty slot
// to make an entry. A finger holds for 0.4 seconds first, so that a swipe still scrolls.

import { openEntry } from "../entry-window.js";
import { carried, chipOf, draw, ending, home, minuteAt, movable, placeOf, placeUnder, same, whenOf } from "./board.js";
import { drop } from "./drop.js";
import { DAY, STEP, at, later, snapped } from "./times.js";

/** @typedef {import("./board.js").Place} Place */
/** @typedef {import("./board.js").When} When */

/**
 * What the hand does. `taken` is the minute of `from` where it began.
 * @typedef {object} Hold
 * @property {"move" | "resize" | "create"} kind
 * @property {HTMLElement} chip
 * @property {Place} from
 * @property {number} taken
 * @property {When} was
 * @property {When} now
 * @property {() => void} putBack
 * @property {boolean} moved
 * @property {number} x
 * @property {number} y
 */

const FAR = 5;
const EDGE = 8;
const HOLDING = 400;
const SCROLL_ZONE = 36;
const SCROLL_SPEED = 10;

/** @type {Hold | null} */
let hold = null;
let touching = 0;
let scrolling = 0;

/**
 * @param {PointerEvent} event
 * @param {HTMLElement} chip
 */
function take(event, chip) {
  const from = placeOf(chip);
  if (!from || !movable(chip)) return;
  const under = placeUnder(event.clientX, event.clientY);
  const box = chip.getBoundingClientRect();
  const tail = from.hours && chip.dataset.tail === "1" && event.pointerType !== "touch";
  const was = whenOf(chip);
  hold = {
    kind: tail && event.clientY > box.bottom - EDGE ? "resize" : "move",
    chip,
    // A bar over several days is taken on the day under the pointer.
    from: from.hours || !under ? from : under,
    taken: minuteAt(from, event.clientY),
    was,
    now: was,
    putBack: home(chip),
    moved: false,
    x: event.clientX,
    y: event.clientY,
  };
}

/**
 * Begin an entry in an empty slot, or on the free part of a day.
 * @param {PointerEvent} event
 */
function begin(event) {
  const place = placeUnder(event.clientX, event.clientY);
  if (!place) return;
  const taken = Math.floor(minuteAt(place, event.clientY) / STEP) * STEP;
  const start = place.hours ? at(place.day, Math.min(taken, DAY - STEP)) : place.day;
  const was = place.hours
    ? { start, end: later(start, 60), allDay: false, person: place.person }
    : { start, end: later(start, DAY), allDay: true, person: place.person };
  const chip = document.createElement("li");
  chip.className = "chip new";
  chip.append(document.createElement("time"));
  hold = { kind: "create", chip, from: place, taken, was, now: was, putBack: () => chip.remove(), moved: false, x: event.clientX, y: event.clientY };
}

/**
 * @param {Hold} held
 * @param {number} x
 * @param {number} y
 */
function follow(held, x, y) {
  const to = held.kind === "resize" ? held.from : placeUnder(x, y);
  if (!to) return;
  held.chip.classList.add("held");
  if (held.kind === "move") {
    held.now = carried(held.was, held.from, held.taken, to, minuteAt(to, y));
    draw(held.chip, to, held.now);
    return;
  }
  if (held.kind === "create" && !held.from.hours) {
    held.now = ending(held.was, later(to.day, DAY));
  } else {
    held.now = ending(held.was, snapped(at(held.from.day, minuteAt(held.from, y))));
  }
  draw(held.chip, held.from, held.now);
}

/**
 * Scroll what scrolls while the hand is near its edge.
 * @param {number} x
 * @param {number} y
 */
function scrollAtEdge(x, y) {
  cancelAnimationFrame(scrolling);
  const box = document.querySelector("#board .timed");
  const frame = box ? box.getBoundingClientRect() : { top: 0, bottom: innerHeight, left: 0, right: innerWidth };
  const [top, bottom] = [Math.max(0, frame.top), Math.min(innerHeight, frame.bottom)];
  const down = y > bottom - SCROLL_ZONE ? SCROLL_SPEED : y < top + SCROLL_ZONE ? -SCROLL_SPEED : 0;
  const right = x > frame.right - SCROLL_ZONE ? SCROLL_SPEED : x < frame.left + SCROLL_ZONE ? -SCROLL_SPEED : 0;
  if (!hold?.moved || (!down && !(box && right))) return;
  const step = () => {
    if (!hold) return;
    (box ?? window).scrollBy({ top: down, left: box ? right : 0, behavior: "instant" });
    follow(hold, x, y);
    scrolling = requestAnimationFrame(step);
  };
  scrolling = requestAnimationFrame(step);
}

function letGo() {
  clearTimeout(touching);
  cancelAnimationFrame(scrolling);
  touching = 0;
  const held = hold;
  hold = null;
  held?.chip.classList.remove("held");
  document.documentElement.classList.remove("holding");
  return held;
}

function cancel() {
  letGo()?.putBack();
}

/** @param {Hold} held */
function finish(held) {
  if (held.kind === "create") {
    held.putBack();
    const { start, end, person, allDay } = held.now;
    const asked = new URLSearchParams({ start, end });
    if (person) asked.set("person", person);
    if (allDay) asked.set("all_day", "1");
    openEntry(`/entries/new/?${asked}`);
  } else if (held.moved) {
    if (same(held.was, held.now)) held.putBack();
    else void drop(held.chip, held.was, held.now, held.putBack);
  }
}

document.addEventListener("pointerdown", (event) => {
  const target = event.target;
  if (event.button || !event.isPrimary || !(target instanceof Element) || !target.closest("#board")) return;
  cancel();
  const chip = chipOf(target);
  const empty = !chip && target.matches("ol.slots, ol.cell, td[data-day], .whole");
  if (!chip && !empty) return;
  const start = () => (chip ? take(event, chip) : begin(event));
  if (event.pointerType !== "touch") return start();
  touching = window.setTimeout(() => {
    touching = 0;
    start();
    if (!hold) return;
    hold.moved = true;
    follow(hold, event.clientX, event.clientY);
    navigator.vibrate?.(10);
  }, HOLDING);
  hold = null;
  [down.x, down.y] = [event.clientX, event.clientY];
});

/** Where a finger came down. */
const down = { x: 0, y: 0 };

document.addEventListener("pointermove", (event) => {
  if (touching && Math.hypot(event.clientX - down.x, event.clientY - down.y) > 2 * FAR) {
    clearTimeout(touching);
    touching = 0;
  }
  if (!hold || !event.isPrimary) return;
  if (!hold.moved && Math.hypot(event.clientX - hold.x, event.clientY - hold.y) < FAR) return;
  hold.moved = true;
  document.documentElement.classList.add("holding");
  follow(hold, event.clientX, event.clientY);
  scrollAtEdge(event.clientX, event.clientY);
});

document.addEventListener("pointerup", (event) => {
  if (!event.isPrimary) return;
  const held = letGo();
  if (!held) return;
  if (held.moved) swallowClick();
  finish(held);
});

/** The click that ends a drag opens nothing. */
function swallowClick() {
  const swallow = (/** @type {Event} */ click) => {
    click.preventDefault();
    click.stopPropagation();
  };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
}

document.addEventListener("pointercancel", cancel);
window.addEventListener("blur", cancel);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && hold) {
    event.preventDefault();
    cancel();
  }
});
document.addEventListener("touchmove", (event) => hold && event.preventDefault(), { passive: false });
document.addEventListener("contextmenu", (event) => (hold || touching) && event.preventDefault());
document.addEventListener("dragstart", (event) => {
  if (event.target instanceof Element && event.target.closest("#board")) event.preventDefault();
});
