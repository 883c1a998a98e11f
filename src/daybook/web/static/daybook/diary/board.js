// The board: its places (a day, perhaps of one person, hour by hour or whole) and its chips.
// Everything is read from the page each time, because the server may have drawn it anew.

import { DAY, STEP, at, between, dayOf, later, sayDay, sayTime, snapped } from "./times.js";
import { sentence } from "./sentences.js";

/**
 * Where a chip can be put.
 * @typedef {object} Place
 * @property {HTMLElement} list holds the chips
 * @property {HTMLElement} area what the pointer must be over
 * @property {string} day
 * @property {string} person id, "" where a place is everybody's
 * @property {boolean} hours whether the height of a chip is its time
 * @property {boolean} listed whether days are below each other, as in the agenda and on a phone
 * @property {boolean} whole whether the place is for whole days only
 */

/**
 * When an entry is and who has it, as dropped: wall times of the reader.
 * @typedef {object} When
 * @property {string} start
 * @property {string} end not included
 * @property {boolean} allDay
 * @property {string} person
 */

export const board = () => document.getElementById("board");
const halves = () => board()?.dataset.clock === "12";

/** @returns {Place[]} in the order they are read */
export function places() {
  return [...(board()?.querySelectorAll("ol.slots, ol.cell") ?? [])]
    .map((list) => placeOf(list))
    .filter((place) => place !== null)
    .filter((place) => place.area.getClientRects().length > 0);
}

/**
 * @param {Element} part a chip, or anything else in a place
 * @returns {Place | null}
 */
export function placeOf(part) {
  const list = part.closest("ol.slots, ol.cell");
  const holder = part.closest("[data-day]");
  if (!(list instanceof HTMLElement) || !(holder instanceof HTMLElement)) return null;
  const hours = list.matches(".slots") && getComputedStyle(list).display === "grid";
  const around = list.closest("td, .timed, section.day") ?? list;
  return {
    list,
    area: list.matches(".slots") ? list : holder,
    day: holder.dataset.day ?? "",
    person: holder.dataset.person ?? "",
    hours,
    listed: getComputedStyle(around).display === "block",
    whole: holder.matches(".whole"),
  };
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {Place | null} the place under a point of the window, whatever chips lie over it
 */
export function placeUnder(x, y) {
  const part = document.elementsFromPoint(x, y).find((each) => !each.closest(".chip"));
  const area = part?.closest("#board :is(ol.slots, td[data-day], .whole, section.day)");
  const list = area?.matches("ol.slots") ? area : area?.querySelector("ol.cell");
  return list ? placeOf(list) : null;
}

/**
 * @param {Place} place
 * @param {number} y
 * @returns {number} the minute of the day at a height, not rounded; 0 where height means nothing
 */
export function minuteAt(place, y) {
  if (!place.hours) return 0;
  const box = place.list.getBoundingClientRect();
  return Math.min(DAY, Math.max(0, ((y - box.top) / box.height) * DAY));
}

/**
 * @param {EventTarget | null} target
 * @returns {HTMLElement | null}
 */
export function chipOf(target) {
  return target instanceof Element ? target.closest("li.chip[data-entry]") : null;
}

/** @param {HTMLElement} chip */
export const titleOf = (chip) => chip.querySelector("b")?.textContent?.trim() ?? "";

/** @param {HTMLElement} chip */
export const movable = (chip) => chip.dataset.movable === "1";

/**
 * @param {HTMLElement} chip
 * @returns {When}
 */
export function whenOf(chip) {
  const { start = "", end = "", allDay, person = "" } = chip.dataset;
  return { start, end, allDay: allDay === "1", person };
}

/**
 * Where an entry comes to when it is taken from one place to another.
 * @param {When} was
 * @param {Place} from
 * @param {number} taken the minute of `from` it was taken at
 * @param {Place} to
 * @param {number} put the minute of `to` the pointer is at
 * @returns {When}
 */
export function carried(was, from, taken, to, put) {
  const person = to.person || was.person;
  const days = between(from.day, to.day);
  if (to.whole && !was.allDay) {
    return { start: to.day, end: later(to.day, DAY), allDay: true, person };
  }
  if (to.hours && was.allDay) {
    const start = snapped(at(to.day, Math.min(put, DAY - 60)));
    return { start, end: later(start, 60), allDay: false, person };
  }
  const start = to.hours ? snapped(later(was.start, days + put - taken)) : later(was.start, days);
  return { start, end: later(start, between(was.start, was.end)), allDay: was.allDay, person };
}

/**
 * The same with another end, at least one step after the start.
 * @param {When} when
 * @param {string} end
 * @returns {When}
 */
export function ending(when, end) {
  const first = later(when.start, when.allDay ? DAY : STEP);
  return { ...when, end: end < first ? first : end };
}

/**
 * @param {When} one
 * @param {When} other
 */
export const same = (one, other) =>
  one.start === other.start && one.end === other.end && one.allDay === other.allDay && one.person === other.person;

/**
 * Draw a chip where it is proposed to be.
 * @param {HTMLElement} chip
 * @param {Place} place
 * @param {When} when
 */
export function draw(chip, place, when) {
  if (chip.parentElement !== place.list) place.list.append(chip);
  const placed = chip.className.split(/\s+/).filter((name) => !/^[sdnlwrb]\d+$/.test(name));
  if (place.hours && !when.allDay) {
    const begins = Math.max(0, between(place.day, when.start));
    const ends = Math.min(DAY, between(place.day, when.end));
    placed.push(`s${Math.floor(begins / 5)}`, `d${Math.max(3, Math.round((ends - begins) / 5))}`);
  }
  chip.className = placed.join(" ");
  const time = chip.querySelector("time");
  if (time && !when.allDay) time.textContent = `${sayTime(when.start, halves())}–${sayTime(when.end, halves())}`;
}

/**
 * Remember where a chip is.
 * @param {HTMLElement} chip
 * @returns {() => void} puts it back
 */
export function home(chip) {
  const { parentElement: list, nextSibling: next, className } = chip;
  const time = chip.querySelector("time");
  const words = [...(time?.childNodes ?? [])];
  return () => {
    if (list?.isConnected) list.insertBefore(chip, next?.parentNode === list ? next : null);
    chip.className = className;
    chip.removeAttribute("aria-busy");
    time?.replaceChildren(...words);
  };
}

/**
 * @param {When} when
 * @param {Place} place
 * @returns {string} "Wednesday 25 November, 10:15 to 11:15", with the person whose column it is
 */
export function say(when, place) {
  const day = sayDay(when.start);
  const person = place.person ? `${nameOf(place)}, ` : "";
  if (when.allDay) {
    const last = later(when.end, -DAY);
    const until = last > when.start ? sentence("until", { day: sayDay(last) }) : sentence("all-day");
    return `${person}${day}, ${until}`;
  }
  const ends = sayTime(when.end, halves());
  const end = dayOf(when.end) > dayOf(when.start) ? `${sayDay(when.end)}, ${ends}` : ends;
  return `${person}${day}, ${sentence("from-to", { start: sayTime(when.start, halves()), end })}`;
}

/** @param {Place} place */
function nameOf(place) {
  const head = place.area.closest(".column")?.querySelector("h2") ?? place.area.closest("tr")?.querySelector("th");
  return head?.firstChild?.textContent?.trim() ?? "";
}
