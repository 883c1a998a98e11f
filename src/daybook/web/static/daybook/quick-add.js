// Quick add: a line is read back while it is typed, Enter saves it. Everything is delegated, because
// the page around the field is drawn anew.

const PAUSE = 300;
let waiting = 0;
let asked = new AbortController();
let saving = false;

/** @returns {HTMLInputElement | null} */
const theField = () => /** @type {HTMLInputElement | null} */ (document.getElementById("quick-add"));

/**
 * Ask the server how the line reads, and show it. False if it cannot be saved as it is.
 * @param {HTMLFormElement} form
 * @returns {Promise<boolean>}
 */
async function readBack(form) {
  clearTimeout(waiting);
  asked.abort();
  asked = new AbortController();
  const typed = new FormData(form);
  const place = document.getElementById("quick-reading");
  if (!String(typed.get("line")).trim()) {
    place?.replaceChildren();
    return false;
  }
  typed.set("preview", "1");
  const answer = await fetch(form.action, { method: "POST", body: typed, signal: asked.signal, redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // What reads the same stays, and with it the focus of whoever is choosing.
  const fresh = [...page.body.childNodes].map((node) => document.importNode(node, true));
  const before = [...(place?.childNodes ?? [])];
  const isSame = fresh.length === before.length && fresh.every((node, at) => node.isEqualNode(before[at] ?? null));
  if (!isSame) place?.replaceChildren(...fresh);
  return !place?.querySelector("[data-fault]");
}

/**
 * Save the line, if it reads as something; where nobody can be asked, the page itself asks.
 * @param {HTMLFormElement} form
 */
async function save(form) {
  if (saving) return;
  saving = true;
  try {
    if (!(await readBack(form))) {
      saving = false;
      const isChoosing = document.activeElement?.closest("#quick-reading");
      if (!isChoosing) theField()?.focus();
      return;
    }
    const asks = form.elements.namedItem("read");
    if (asks instanceof HTMLInputElement) asks.disabled = true;
  } catch {
    // Its answer says what is wrong.
  }
  form.submit();
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || field.id !== "quick-add" || !field.form) return;
  const form = field.form;
  clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    // The next letter asks again, and saving does not depend on it.
    readBack(form).catch(() => undefined);
  }, PAUSE);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("quickAdd" in form.dataset)) return;
  event.preventDefault();
  const button = event.submitter;
  if (button instanceof HTMLButtonElement && button.name === "read") {
    readBack(form).catch(() => undefined);
  } else {
    void save(form);
  }
});

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const choice = event.target.closest("#quick-reading a[data-line]");
  const field = theField();
  if (!(choice instanceof HTMLAnchorElement) || !field?.form) return;
  event.preventDefault();
  field.value = choice.dataset.line ?? "";
  field.focus();
  readBack(field.form).catch(() => undefined);
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Escape" || !(field instanceof HTMLInputElement) || field.id !== "quick-add") return;
  field.value = "";
  document.getElementById("quick-reading")?.replaceChildren();
});

// A page that comes back from the browser's memory may be used again.
window.addEventListener("pageshow", () => {
  saving = false;
});

// What was typed before this script was there is read back too.
const early = theField();
if (early?.form && early.value.trim()) readBack(early.form).catch(() => undefined);

export {};
