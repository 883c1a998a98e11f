// The entry window: an entry's page, opened in a dialog over the diary. Every address works as a
// page of its own; a link opened in a new tab, or without this script, is that page.

import { soon } from "./diary/live.js";
import { redraw } from "./diary/redraw.js";

/** Pages that open in the window. */
const OURS = /^\/entries\/(new|\d+|\d+\/delete|\d+\/why\/\d+)\/$/;

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("entry-window"));
const question = /** @type {HTMLElement} */ (document.getElementById("drop-changes"));
const body = /** @type {HTMLElement} */ (document.getElementById("window-content"));

/** Where the window was opened, to go back to. */
let from = "";
/** The form's content when it was opened. */
let untouched = "";

/** @returns {HTMLFormElement | null} */
const theForm = () => body.querySelector("form[data-previews]");

/** @returns {string} */
function typed() {
  const form = theForm();
  return form ? new URLSearchParams(/** @type {any} */ (new FormData(form))).toString() : "";
}

/**
 * @param {string} text
 * @returns {Document}
 */
const read = (text) => new DOMParser().parseFromString(text, "text/html");

/**
 * Show the content of a page in the window.
 * @param {Document} page
 */
function fill(page) {
  const main = page.querySelector("main");
  if (!main) return;
  for (const part of main.querySelectorAll("#notices, .notice.trouble")) part.remove();
  for (const link of main.querySelectorAll("p:first-child > a[href]")) {
    // The way back to the diary is to close the window.
    if (new URL(link.getAttribute("href") ?? "", location.href).pathname === "/") link.parentElement?.remove();
  }
  body.replaceChildren(...[...main.childNodes].map((node) => document.importNode(node, true)));
  question.hidden = true;
  const title = body.querySelector("h1");
  if (title) {
    title.id = "window-title";
    title.tabIndex = -1;
  }
  untouched = typed();
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  const first = body.querySelector("#mistakes") ?? body.querySelector("#id_title") ?? title;
  if (first instanceof HTMLElement) first.focus();
}

/**
 * Open a page in the window; where that does not go, open it as a page.
 * @param {string} address
 */
async function visit(address) {
  try {
    const answer = await fetch(address, { redirect: "error" });
    fill(read(await answer.text()));
  } catch {
    location.assign(address);
  }
}

/**
 * Open an entry's page, or that of a new one, from where the focus is.
 * @param {string} address
 */
export function openEntry(address) {
  from = document.activeElement?.closest("a[href]")?.getAttribute("href") ?? "";
  void visit(new URL(address, location.href).href);
}

/**
 * Send a form of the window. An answer that leads elsewhere means it is done.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 */
async function send(form, button) {
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      await refresh();
    } else {
      const before = untouched;
      fill(read(await answer.text()));
      // What was typed and refused is still not saved.
      untouched = before;
    }
  } catch {
    say("Not saved: the diary did not answer. What you typed is still here.");
  }
  button?.removeAttribute("aria-busy");
}

/** @param {string} sentence */
function say(sentence) {
  const notice = document.createElement("p");
  notice.className = "notice mistake";
  notice.setAttribute("role", "alert");
  notice.textContent = sentence;
  body.prepend(notice);
}

/** Close the window and draw the diary anew, with what it has to say. */
async function refresh() {
  dialog.close();
  try {
    await redraw();
  } catch {
    // It is done; the page says so itself as soon as it can.
    location.reload();
    return;
  }
  goBack();
  soon();
}

/** Put the focus where it was: on the same link, else on the page's heading. */
function goBack() {
  const same = document.querySelector(`main a[href="${CSS.escape(from)}"]`);
  const heading = document.querySelector("main h1");
  const target = same ?? heading;
  if (!(target instanceof HTMLElement)) return;
  if (target === heading) target.tabIndex = -1;
  target.focus();
}

/** Close the window, after asking if something was typed. */
function leave() {
  if (!question.hidden) return keep();
  if (typed() !== untouched) {
    question.hidden = false;
    dialog.scrollTop = 0;
    question.querySelector("button")?.focus();
    return undefined;
  }
  return drop();
}

function keep() {
  question.hidden = true;
  const field = body.querySelector("#id_title");
  if (field instanceof HTMLElement) field.focus();
}

function drop() {
  dialog.close();
  body.replaceChildren();
  goBack();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin) return;
  if (dialog.contains(link) && "closes" in link.dataset) {
    event.preventDefault();
    leave();
  } else if (OURS.test(link.pathname)) {
    event.preventDefault();
    if (!dialog.contains(link)) from = link.getAttribute("href") ?? "";
    void visit(link.href);
  }
});

dialog.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  void send(form, event.submitter);
});
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.preventDefault();
  leave();
});
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  leave();
});
dialog.querySelector("[data-closes]")?.addEventListener("click", leave);
question.querySelector("[data-keeps]")?.addEventListener("click", keep);
question.querySelector("[data-drops]")?.addEventListener("click", drop);
