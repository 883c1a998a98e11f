// The search: results follow what is typed, arrows walk through them, Enter opens. The address
// always says what is shown.

const PAUSE = 300;
let waiting = 0;
let asked = new AbortController();

const field = /** @type {HTMLInputElement} */ (document.getElementById("search"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("search-form"));

/** @returns {HTMLAnchorElement[]} */
const results = () => [.../** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#results .chip a"))];

/** Show what is typed, and put it into the address. */
async function show() {
  const typed = field.value;
  asked.abort();
  asked = new AbortController();
  const address = `${form.action}?${new URLSearchParams({ q: typed })}`;
  const answer = await fetch(address, { signal: asked.signal, redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["results", "found"]) {
    const fresh = page.getElementById(id);
    if (fresh) document.getElementById(id)?.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  }
  document.title = page.title;
  history.replaceState(null, "", address);
  field.dataset.shown = typed;
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    // Enter asks by a page of its own.
    show().catch(() => undefined);
  }, PAUSE);
});

form.addEventListener("submit", (event) => {
  const first = results()[0];
  if (!first || field.dataset.shown !== field.value || event.submitter?.matches(":focus")) return;
  event.preventDefault();
  first.click();
});

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = results();
  const at = links.findIndex((link) => link === document.activeElement);
  if (at < 0 && document.activeElement !== field) return;
  if (event.key === "Escape" && at >= 0) {
    field.focus();
  } else if (step) {
    event.preventDefault();
    (at + step < 0 ? field : links[Math.min(at + step, links.length - 1)])?.focus();
  }
});

export {};
