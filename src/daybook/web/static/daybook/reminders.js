// Reminders above every page: looked for now and then, announced once, put away without leaving.

const EVERY = 30_000;
/** Whether this browser also shows reminders outside the page. */
const OUTSIDE = "daybook-reminders-outside";

const shelf = document.getElementById("reminders");
const list = shelf?.querySelector("[aria-live]");

const isOutside = () =>
  "Notification" in window && Notification.permission === "granted" && localStorage.getItem(OUTSIDE) === "on";

/** @param {ParentNode} within */
const ids = (within) => [...within.querySelectorAll("[data-reminder]")].map((each) => each.getAttribute("data-reminder"));

/**
 * Show a reminder outside the page, unless another page or browser did.
 * @param {Element} item
 */
async function announce(item) {
  const form = item.querySelector("form");
  if (!form || !isOutside()) return;
  const address = form.action.replace(/dismiss\/$/, "announce/");
  const answer = await fetch(address, { method: "POST", body: new FormData(form) });
  if (answer.status !== 204) return;
  const title = item.querySelector("a")?.textContent ?? "";
  const when = item.querySelector(".figures")?.textContent ?? "";
  new Notification(title, { body: when, tag: `daybook-${item.getAttribute("data-reminder")}` });
}

/** Ask what is due, and show what changed. */
async function look() {
  if (!shelf || !list || (document.hidden && !isOutside())) return;
  let text;
  try {
    const answer = await fetch(shelf.dataset.address ?? "", { redirect: "error" });
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    // Away for a moment: the next look comes soon.
    return;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  const before = ids(list);
  if (ids(fresh).join() === before.join()) return;
  for (const back of fresh.querySelectorAll("input[name=back]")) {
    back.setAttribute("value", location.pathname + location.search);
  }
  list.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  shelf.hidden = list.childElementCount === 0;
  for (const item of list.querySelectorAll("[data-reminder]")) {
    if (!before.includes(item.getAttribute("data-reminder"))) void announce(item);
  }
}

/** Let the settings offer to show reminders outside the page. */
function offer() {
  const place = document.getElementById("reminders-outside");
  const button = place?.querySelector("button");
  const said = /** @type {HTMLElement | null | undefined} */ (place?.querySelector("[role=status]"));
  if (!place || !button || !said || !("Notification" in window)) return;
  place.hidden = false;
  const show = () => {
    button.setAttribute("aria-pressed", String(isOutside()));
    said.textContent = isOutside() ? (said.dataset.on ?? "") : "";
  };
  show();
  button.addEventListener("click", async () => {
    if (isOutside()) {
      localStorage.removeItem(OUTSIDE);
      show();
      return;
    }
    const answer = await Notification.requestPermission();
    if (answer === "granted") localStorage.setItem(OUTSIDE, "on");
    show();
    if (answer !== "granted") said.textContent = said.dataset.refused ?? "";
  });
}

if (shelf && list) {
  for (const item of list.querySelectorAll("[data-reminder]")) void announce(item);
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
  shelf.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    try {
      await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    } catch {
      form.submit();
      return;
    }
    form.closest("[data-reminder]")?.remove();
    shelf.hidden = list.childElementCount === 0;
    document.getElementById("main")?.focus();
  });
}
offer();
