// Single letters, everywhere: a key presses the first link or button that names it in `data-key`,
// or goes into the field that does, and Dismiss takes a notice away. The sheet lists them all, and its links serve where a page has
// nothing of its own. Off in fields, with a modifier held, and by the person's own switch.

const FIELDS = "input, textarea, select, [contenteditable]";
// A window is open, or an entry is in the hand.
const BUSY = "dialog[open], .chip.held";
const sheet = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));

/**
 * @param {string} key
 * @returns {HTMLElement | undefined}
 */
function named(key) {
  const all = [...document.querySelectorAll(`[data-key~="${CSS.escape(key)}"]`)];
  return all.filter((each) => each instanceof HTMLElement).find((each) => each.closest("#keys") || each.checkVisibility());
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
  if (!(event.target instanceof Element) || event.target.closest(FIELDS) || document.querySelector(BUSY)) return;
  const target = named(event.key);
  if (!target) return;
  event.preventDefault();
  if (target.matches(FIELDS)) target.focus();
  else target.click();
}

if (!("letterKeysOff" in document.body.dataset)) document.addEventListener("keydown", pressed);
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  event.target.closest("[data-dismisses]")?.closest(".notice")?.remove();
  if (!sheet) return;
  if (event.target.closest("[data-opens=keys]")) sheet.showModal();
  if (event.target === sheet || event.target.closest("#keys [data-closes]")) sheet.close();
});
