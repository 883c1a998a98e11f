// What is said at the foot of the diary: one line of what was just done, with Undo, and beside it
// perhaps what somebody else did. The region is the page's only one that is spoken.

import { sentence } from "./sentences.js";

const region = () => document.getElementById("notices");

/**
 * @param {string} kind
 * @param {Node[]} parts
 */
function notice(kind, parts) {
  const box = document.createElement("div");
  box.className = `notice ${kind}`;
  box.append(...parts);
  return box;
}

/**
 * @param {string} text
 * @param {string} [name] of a part that changes later
 */
function words(text, name) {
  const part = document.createElement("span");
  part.textContent = text;
  if (name) part.dataset[name] = "";
  return part;
}

/**
 * @param {string} label
 * @param {string} name
 */
function button(label, name) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.dataset[name] = "";
  return made;
}

/**
 * Say something until the next thing is said.
 * @param {string} text
 */
export function say(text) {
  const line = document.createElement("p");
  line.textContent = text;
  region()?.replaceChildren(notice("info", [line]));
}

/**
 * What to send to have an entry at the other of two times, and what the button says.
 * @typedef {{label: string, revision: number, start: string, end: string}} Other
 */

/**
 * Say what was done, or why not, until the next action or Dismiss.
 * @param {object} about
 * @param {string} about.said
 * @param {string} [about.reached] whom it reaches
 * @param {string | null} [about.undo] the address that undoes it
 * @param {string} [about.look] the address of an entry to look at
 * @param {Other | null} [about.other] the other of two times the clocks show alike
 * @param {string} [about.moves] the address that moves the entry there
 * @param {boolean} [about.done]
 */
export function toast({ said, reached = "", undo = null, look = "", other = null, moves = "", done = true }) {
  const line = document.createElement("p");
  line.append(words(said), " ", words(reached, "reached"));
  /** @type {Node[]} */
  const parts = [line];
  if (undo) parts.push(undoForm(undo));
  if (other) parts.push(otherForm(moves, other));
  if (look) {
    const link = document.createElement("a");
    link.href = look;
    link.className = "button";
    link.textContent = sentence("show-new");
    parts.push(link);
  }
  parts.push(button(sentence("dismiss"), "dismisses"));
  region()?.replaceChildren(notice(done ? "success" : "error", parts));
}

/** @param {string} address */
function undoForm(address) {
  const undo = button(sentence(address.includes("again") ? "undo-again" : "undo"), "key");
  undo.dataset.key = "z";
  return formOf(address, undo);
}

/**
 * @param {string} address
 * @param {Other} other
 */
function otherForm(address, { label, ...fields }) {
  const form = formOf(address, button(label, "others"));
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  return form;
}

/**
 * @param {string} address
 * @param {HTMLButtonElement} submit
 */
function formOf(address, submit) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  submit.type = "submit";
  form.append(submit);
  return form;
}

/**
 * Say, beside what was done, what else happened.
 * @param {string} text
 */
export function note(text) {
  const line = document.createElement("p");
  line.textContent = text;
  region()?.querySelector(".notice.note")?.remove();
  region()?.append(notice("note", [line, button(sentence("dismiss"), "dismisses")]));
}

/** Let the toast say what the page knows by now: that calendars have been told. */
export function keepUp() {
  const offered = document.querySelector("#undo form");
  const said = region()?.querySelector("form");
  if (!(offered instanceof HTMLFormElement) || !(said instanceof HTMLFormElement)) return;
  const before = new URL(said.action);
  if (new URL(offered.action).pathname !== before.pathname || said.action === offered.action) return;
  said.action = offered.action;
  const label = said.querySelector("button");
  if (label) label.textContent = offered.querySelector("button")?.textContent?.trim() ?? "";
  const reached = region()?.querySelector("[data-reached]");
  if (reached) reached.textContent = offered.dataset.reached ?? "";
}
