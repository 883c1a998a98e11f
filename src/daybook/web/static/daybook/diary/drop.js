// A drop: the chip stays where it was put, the server is asked, and either draws the diary anew or
// has the chip put back with a sentence. Undo works the same way.

import { soon } from "./live.js";
import { focusOn, redraw } from "./redraw.js";
import { sentence } from "./sentences.js";
import { say, toast } from "./talk.js";
import { dayOf } from "./times.js";

/** @typedef {import("./board.js").When} When */

/** @returns {string} */
function token() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}

/**
 * What the server says; status 0 if it did not answer, or not as itself.
 * @typedef {{ok: boolean, status: number, said: string, reached?: string, undo?: string | null,
 *   other?: import("./talk.js").Other | null}} Answer
 */

/**
 * @param {string} address
 * @param {Record<string, string>} fields
 * @returns {Promise<Answer>}
 */
async function post(address, fields) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Accept": "application/json", "X-CSRFToken": token() },
      body: new URLSearchParams(fields),
      redirect: "error",
    });
    return { ...(await answer.json()), ok: answer.ok, status: answer.status };
  } catch {
    return { ok: false, status: 0, said: sentence("no-answer") };
  }
}

/**
 * Move an entry to where its chip was dropped.
 * @param {HTMLElement} chip
 * @param {When} was
 * @param {When} now
 * @param {() => void} putBack
 */
export async function drop(chip, was, now, putBack) {
  const { entry = "", revision = "" } = chip.dataset;
  const address = `/entries/${entry}/`;
  const focused = chip.contains(document.activeElement);
  chip.setAttribute("aria-busy", "true");
  const answer = await post(`${address}move/`, {
    revision,
    start: now.start,
    end: now.end,
    ...(now.allDay ? { all_day: "1" } : {}),
    from_person: was.person,
    to_person: now.person,
  });
  if (!answer.ok) putBack();
  chip.removeAttribute("aria-busy");
  await tell(answer, address);
  if (focused) focusOn(address, dayOf(now.start), now.person);
}

/**
 * Say what became of a move, and draw what is there now.
 * @param {Answer} answer
 * @param {string} address of the entry
 */
async function tell(answer, address) {
  const newer = answer.status === 409;
  toast({ ...answer, done: answer.ok, look: newer ? address : "", moves: `${address}move/` });
  if (answer.ok || newer) await drawAnew();
}

/**
 * Have an entry at the other of two times.
 * @param {HTMLFormElement} form
 */
async function turn(form) {
  const address = (form.getAttribute("action") ?? "").replace(/move\/$/, "");
  const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
  await tell(await post(`${address}move/`, fields), address);
  focusOn(address);
}

/** @param {HTMLFormElement} form */
async function undo(form) {
  const address = form.getAttribute("action") ?? "";
  const inside = form.contains(document.activeElement);
  say(sentence("undoing"));
  const answer = await post(address, {});
  toast({ ...answer, said: answer.status ? answer.said : sentence("not-undone"), done: answer.ok });
  await drawAnew();
  if (inside) focusOn(`/entries/${address.split("/")[2]}/`);
}

async function drawAnew() {
  soon();
  try {
    await redraw();
  } catch {
    // It is done; what is shown follows at the next look.
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.closest("#notices, #undo")) return;
  const verb = /^\/entries\/\d+\/(undo|move)\//.exec(new URL(form.action).pathname)?.[1];
  if (!verb) return;
  event.preventDefault();
  void (verb === "undo" ? undo(form) : turn(form));
});
