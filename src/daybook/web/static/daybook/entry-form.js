// The entry's form: the save button and the clashes follow what is typed, the list of people can
// be narrowed, Ctrl+Enter saves. Everything is delegated, so it holds in the window as well.

const PAUSE = 250;
let waiting = 0;
let asked = new AbortController();

/**
 * Ask the server what saving would do, and show it.
 * @param {HTMLFormElement} form
 */
async function preview(form) {
  asked.abort();
  asked = new AbortController();
  const typed = new FormData(form);
  typed.set("preview", "1");
  try {
    const answer = await fetch(form.action, { method: "POST", body: typed, signal: asked.signal, redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    show(page, "save");
    show(page, "clashes");
    show(page, "twice");
  } catch {
    // The next change asks again, and saving does not depend on it.
  }
}

/**
 * Put the new content of an element in place; the element stays, and with it the focus.
 * @param {Document} page
 * @param {string} id
 */
function show(page, id) {
  const fresh = page.getElementById(id);
  const there = document.getElementById(id);
  if (!fresh || !there || fresh.textContent === there.textContent) return;
  there.replaceChildren(...fresh.childNodes);
}

/**
 * Show of a list of tick boxes those that are ticked or whose label contains what is typed.
 * @param {HTMLInputElement} box
 */
function narrow(box) {
  const list = document.getElementById(box.dataset.filters ?? "");
  if (!list) return;
  const wanted = box.value.trim().toLocaleLowerCase();
  let shown = 0;
  for (const label of list.querySelectorAll("label")) {
    const ticked = label.querySelector("input")?.checked ?? false;
    label.hidden = !ticked && !(label.textContent ?? "").toLocaleLowerCase().includes(wanted);
    if (!label.hidden) shown += 1;
  }
  const said = document.getElementById(`${list.id}_shown`);
  if (said) said.textContent = wanted ? `${shown} shown` : "";
}

/** @param {Event} event */
function changed(event) {
  const field = event.target;
  if (!(field instanceof HTMLElement)) return;
  const form = field.closest("form");
  if (!form || !("previews" in form.dataset) || field.matches("[data-filters]")) return;
  clearTimeout(waiting);
  waiting = window.setTimeout(() => void preview(form), PAUSE);
}

document.addEventListener("change", changed);
document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.dataset.filters) narrow(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.target instanceof HTMLElement)) return;
  const form = event.target.closest("form");
  if (!form || !("previews" in form.dataset)) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.target.matches("[data-filters]")) {
    event.preventDefault();
  }
});
