// By keyboard: arrows walk from entry to entry; Space picks one up, arrows move it, Shift and
// arrows change its end, Enter drops, Escape cancels. Every step is said.

import { openEntry } from "../entry-window.js";
import { carried, chipOf, draw, ending, home, movable, placeOf, places, same, say as sayWhen, titleOf, whenOf } from "./board.js";
import { drop } from "./drop.js";
import { sentence } from "./sentences.js";
import { say } from "./talk.js";
import { DAY, STEP, dayOf, later, minuteOf } from "./times.js";

/** @typedef {import("./board.js").Place} Place */
/** @typedef {import("./board.js").When} When */

/** @type {{chip: HTMLElement, from: Place, at: Place, was: When, now: When, putBack: () => void} | null} */
let held = null;

/** @type {Record<string, [number, number]>} columns and rows */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {Element} area */
function middle(area) {
  const box = area.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}

/**
 * @param {Place} from
 * @param {[number, number]} way
 * @param {(place: Place) => boolean} suits
 * @returns {Place | undefined} the nearest place that way which suits
 */
function beyond(from, [right, below], suits) {
  const here = middle(from.area);
  const far = (/** @type {Place} */ place) => {
    const there = middle(place.area);
    const along = (there.x - here.x) * right + (there.y - here.y) * below;
    const aside = Math.abs((there.x - here.x) * below) + Math.abs((there.y - here.y) * right);
    return along > 1 && aside < Math.max(along, 1) ? along + 4 * aside : Infinity;
  };
  const near = places().filter((place) => place.list !== from.list && far(place) < Infinity && suits(place));
  return near.sort((one, other) => far(one) - far(other))[0];
}

/** @param {Place} place */
const chipsIn = (place) => [...place.list.querySelectorAll("li.chip[data-entry]")].filter((chip) => chip instanceof HTMLElement);

/**
 * @param {HTMLElement} chip
 * @param {[number, number]} way
 */
function walk(chip, way) {
  const from = placeOf(chip);
  if (!from) return;
  const list = chipsIn(from);
  const next = way[1] ? list[list.indexOf(chip) + way[1]] : undefined;
  if (next) return focus(next);
  const to = beyond(from, way, (place) => chipsIn(place).length > 0 && (!way[0] || place.hours === from.hours));
  if (!to) return;
  const there = chipsIn(to);
  const minute = minuteOf(whenOf(chip).start);
  const far = (/** @type {HTMLElement} */ each) => Math.abs(minuteOf(whenOf(each).start) - minute);
  if (way[1]) return focus(way[1] > 0 ? there[0] : there.at(-1));
  focus(there.sort((one, other) => far(one) - far(other))[0]);
}

/** @param {HTMLElement | undefined} chip */
function focus(chip) {
  chip?.querySelector("a")?.focus();
}

/** @param {HTMLElement} chip */
function pickUp(chip) {
  const from = placeOf(chip);
  if (!from) return;
  if (!movable(chip)) return say(sentence("not-yours", { title: titleOf(chip) }));
  const was = whenOf(chip);
  held = { chip, from, at: from, was, now: was, putBack: home(chip) };
  chip.classList.add("held");
  const pickedUp = sentence("picked-up", { title: titleOf(chip), when: sayWhen(was, from) });
  say([pickedUp, chip.dataset.twice].filter(Boolean).join(" "));
}

/**
 * @param {[number, number]} way
 * @param {boolean} longer whether only the end moves
 */
function shift([right, below], longer) {
  if (!held) return;
  const { at, now } = held;
  if (longer) {
    const step = now.allDay ? DAY * (right || below) : below * STEP || right * DAY;
    held.now = ending(now, later(now.end, step));
  } else if (at.listed || (at.hours && below)) {
    // In a list the days have no place beside each other: right is the next of them.
    const minutes = now.allDay ? (right || below) * DAY : right * DAY + below * STEP;
    held.now = { ...now, start: later(now.start, minutes), end: later(now.end, minutes) };
  } else {
    const to = beyond(at, [right, below], (place) => place.hours === at.hours && place.whole === at.whole);
    if (!to) return say(sentence("no-further"));
    held.now = carried(now, at, 0, to, 0);
    held.at = to;
  }
  const day = ofDay(held.at, dayOf(held.now.start));
  held.at = day;
  draw(held.chip, day, held.now);
  focus(held.chip);
  held.chip.scrollIntoView({ block: "nearest", inline: "nearest" });
  say(`${sayWhen(held.now, day)}.`);
}

/**
 * The place of another day that is like `place`, or `place` itself if that day is not shown.
 * @param {Place} place
 * @param {string} day
 */
function ofDay(place, day) {
  const like = (/** @type {Place} */ each) =>
    each.day === day && each.person === place.person && each.hours === place.hours && each.whole === place.whole;
  return places().find(like) ?? place;
}

function putDown() {
  const done = held;
  held = null;
  done?.chip.classList.remove("held");
  if (!done) return;
  if (same(done.was, done.now)) {
    done.putBack();
    done.chip.classList.remove("held");
    focus(done.chip);
    return say(sentence("where-it-was", { title: titleOf(done.chip) }));
  }
  void drop(done.chip, done.was, done.now, done.putBack);
}

function cancel() {
  const done = held;
  held = null;
  if (!done) return;
  done.putBack();
  done.chip.classList.remove("held");
  focus(done.chip);
  say(sentence("cancelled", { title: titleOf(done.chip) }));
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} chip
 * @returns {boolean} whether the key meant something
 */
function pressed(event, chip) {
  const way = WAYS[event.key];
  if (held) {
    if (way) shift(way, event.shiftKey);
    else if (event.key === "Enter" || event.key === " ") putDown();
    else if (event.key === "Escape") cancel();
    // Nothing else happens while an entry is in the hand, except that Tab puts it back.
    else if (event.key === "Tab") cancel();
    return event.key !== "Tab";
  }
  if (way && !event.shiftKey) walk(chip, way);
  else if (event.key === " ") pickUp(chip);
  else if (event.key === "Delete" && movable(chip)) openEntry(`/entries/${chip.dataset.entry}/delete/`);
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  const chip = held?.chip ?? chipOf(event.target);
  if (!chip || event.ctrlKey || event.metaKey || event.altKey) return;
  if (pressed(event, chip)) event.preventDefault();
});
document.addEventListener("pointerdown", cancel);
