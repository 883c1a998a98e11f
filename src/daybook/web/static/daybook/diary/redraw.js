// The server draws; this puts what it drew in place, and the focus back on the same thing.

import { keepUp } from "./talk.js";

/** Parts of the diary that are drawn anew, each with all that is in it. */
const PARTS = ["board", "undo", "steps"];

/**
 * Draw the diary as it is now.
 * @param {string} [version] what is shown; if that is still so, nothing is drawn
 * @returns {Promise<Document | null>} the page as the server drew it, null if nothing is new
 */
export async function redraw(version) {
  const address = document.getElementById("board")?.dataset.address ?? "";
  const headers = { "X-Board": version ?? "" };
  const answer = await fetch(new URL(address, location.href), { headers, redirect: "error" });
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const back = whereFocusIs();
  const scrolled = document.querySelector("#board .timed");
  const [left, top] = [scrolled?.scrollLeft ?? 0, scrolled?.scrollTop ?? 0];
  for (const id of PARTS) swap(page, id);
  // The region itself stays, so that what comes into it is spoken.
  if (page.getElementById("notices")?.childElementCount) swap(page, "notices");
  document.querySelector("#board .timed")?.scrollTo({ left, top, behavior: "instant" });
  back();
  keepUp();
  return page;
}

/**
 * @param {Document} page
 * @param {string} id
 */
function swap(page, id) {
  const fresh = page.getElementById(id);
  const there = document.getElementById(id);
  if (!fresh || !there) return;
  Object.assign(there.dataset, fresh.dataset);
  there.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
}

/**
 * Remember the link of the board that has the focus.
 * @returns {() => void} gives the focus to the same link, best in the same place
 */
function whereFocusIs() {
  const link = document.activeElement;
  if (!link?.closest("#board") || !link.matches("a[href]")) return () => {};
  const href = link.getAttribute("href") ?? "";
  const holder = /** @type {HTMLElement | null} */ (link.closest("[data-day]"));
  return () => focusOn(href, holder?.dataset.day, holder?.dataset.person);
}

/**
 * @param {string} href
 * @param {string} [day]
 * @param {string} [person]
 */
export function focusOn(href, day, person) {
  const links = [...document.querySelectorAll(`#board a[href="${CSS.escape(href)}"]`)];
  const here = links.find((link) => {
    const holder = /** @type {HTMLElement | null} */ (link.closest("[data-day]"));
    return holder?.dataset.day === day && holder?.dataset.person === person;
  });
  const target = here ?? links[0];
  if (target instanceof HTMLElement) target.focus();
}
