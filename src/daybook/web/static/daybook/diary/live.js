// The board follows what others do: a small question every ten seconds while the page is looked
// at, more often after a change of one's own, and never under somebody's hands.

import { board, titleOf } from "./board.js";
import { redraw } from "./redraw.js";
import { sentence } from "./sentences.js";
import { note } from "./talk.js";

const SELDOM = 10_000;
const OFTEN = 2_000;
const SOON = 60_000;
const MOST_NAMED = 3;
let often = 0;
let timer = 0;

/** Look more often for a while, because calendars are being told. */
export function soon() {
  often = Date.now() + SOON;
  plan();
}

function plan() {
  clearTimeout(timer);
  timer = window.setTimeout(() => void look(), Date.now() < often ? OFTEN : SELDOM);
}

/** Somebody holds a chip, waits for an answer or has a window open. */
const busy = () => document.querySelector("#board .held, #board [aria-busy], dialog[open]") !== null;

async function look() {
  if (!document.hidden && !busy()) {
    const before = revisions();
    try {
      if (await redraw(board()?.dataset.version)) tell(before);
    } catch {
      // The next look asks again; what is done meanwhile says for itself that nothing answered.
    }
  }
  plan();
}

/** @returns {Map<string, string>} the revision of each entry shown */
function revisions() {
  const chips = [...(board()?.querySelectorAll("li.chip[data-entry]") ?? [])].filter((chip) => chip instanceof HTMLElement);
  return new Map(chips.map(({ dataset }) => [dataset.entry ?? "", dataset.revision ?? ""]));
}

/**
 * Say which entries somebody else changed or made.
 * @param {Map<string, string>} before
 */
function tell(before) {
  const changed = new Map();
  for (const [entry, revision] of revisions()) {
    const chip = board()?.querySelector(`li.chip[data-entry="${CSS.escape(entry)}"]`);
    if (before.get(entry) !== revision && chip instanceof HTMLElement) changed.set(entry, titleOf(chip));
  }
  if (!changed.size) return;
  const titles = [...changed.values()];
  const named = titles.slice(0, MOST_NAMED).join(", ");
  const more = titles.length > MOST_NAMED ? sentence("and-more", { number: String(titles.length - MOST_NAMED) }) : "";
  note(sentence("changed-by-others", { titles: named + more }));
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void look();
});
plan();
