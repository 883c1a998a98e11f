// Wall times as the board writes them: "2026-11-25T09:30", of whole days "2026-11-25". They are
// moved and said here; which instants they are, and whether they exist, the server knows.

const MINUTE = 60_000;
export const STEP = 15;
export const DAY = 1440;

/**
 * @param {string} wall
 * @returns {Date} the wall time as if it were UTC, where every day has 24 hours
 */
const read = (wall) => new Date(wall.length === 10 ? `${wall}T00:00Z` : `${wall}Z`);

/** @param {string} wall */
export const dayOf = (wall) => wall.slice(0, 10);

/**
 * @param {string} wall
 * @param {number} minutes
 * @returns {string} a wall time of the same kind as `wall`
 */
export function later(wall, minutes) {
  return new Date(read(wall).getTime() + minutes * MINUTE).toISOString().slice(0, wall.length);
}

/**
 * @param {string} from
 * @param {string} to
 * @returns {number} minutes
 */
export const between = (from, to) => (read(to).getTime() - read(from).getTime()) / MINUTE;

/** @param {string} wall */
export const minuteOf = (wall) => between(dayOf(wall), wall);

/**
 * @param {string} day
 * @param {number} minute of the day; 1440 is the midnight after it
 */
export const at = (day, minute) => later(`${dayOf(day)}T00:00`, minute);

/**
 * @param {string} wall
 * @returns {string} the nearest wall time on a quarter of an hour
 */
export function snapped(wall) {
  return at(wall, Math.round(minuteOf(wall) / STEP) * STEP);
}

const language = document.documentElement.lang || "en-GB";
const saysDay = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

/** @param {string} wall */
export const sayDay = (wall) => saysDay.format(read(wall)).replace(",", "");

/**
 * @param {string} wall
 * @param {boolean} halves whether the reader's clock has 12 hours
 * @returns {string} "14:30", or "2:30 pm"
 */
export function sayTime(wall, halves) {
  const hour = Number(wall.slice(11, 13));
  const minute = wall.slice(14, 16);
  return halves ? `${((hour + 11) % 12) + 1}:${minute} ${hour < 12 ? "am" : "pm"}` : wall.slice(11, 16);
}
