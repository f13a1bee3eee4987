// The desk: keys for everything that carries data-keys, and one aspiration beside the list.
const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const narrow = matchMedia("(max-width: 63.99rem)");
const links = () => [...document.querySelectorAll(".row__link")];
let prefix = "";
let waiting = 0;

function step(by) {
  const all = links();
  const focused = all.indexOf(document.activeElement);
  const open = all.findIndex((link) => link.closest("[aria-current]"));
  const from = focused >= 0 ? focused : open;
  const next = from < 0 ? 0 : Math.min(Math.max(from + by, 0), all.length - 1);
  all[next]?.focus({ preventScroll: true });
  all[next]?.closest("tr").scrollIntoView({ block: "nearest" });
}

function press(keys) {
  const target = document.querySelector(`[data-keys="${CSS.escape(keys)}"]`);
  if (!target) return false;
  target.matches("input") ? (target.focus(), target.select()) : target.click();
  return true;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target)) return event.key === "Escape" && event.target.blur();
  const keys = prefix ? `${prefix} ${event.key}` : event.key;
  clearTimeout(waiting);
  prefix = "";
  if (keys === "g") {
    prefix = "g";
    waiting = setTimeout(() => (prefix = ""), 1500);
  } else if (keys === "j") step(1);
  else if (keys === "k") step(-1);
  else if (keys === "o") document.activeElement.closest(".row")?.querySelector(".row__link").click();
  else if (!(keys === "Escape" && close()) && !press(keys)) return;
  event.preventDefault();
});

// The address names what is open, so that a reload and a shared link show the same.
function remember(code) {
  const address = new URL(location);
  code ? address.searchParams.set("buka", code) : address.searchParams.delete("buka");
  history.replaceState(history.state, "", address);
  for (const row of document.querySelectorAll(".row")) {
    row.dataset.code === code ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current");
  }
}

function close() {
  const pane = document.querySelector("#pane:not([hidden])");
  if (!pane) return false;
  const row = document.getElementById(`aspiration-row-${pane.dataset.code}`);
  pane.hidden = true;
  pane.replaceChildren();
  remember("");
  (row?.querySelector(".row__link") ?? document.getElementById("main")).focus();
  return true;
}

document.addEventListener(
  "click",
  (event) => {
    if (event.target.closest("[data-close-pane]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      close();
    } else if (narrow.matches && event.target.closest(".row__link")) {
      event.stopImmediatePropagation(); // no room beside the list: the link opens its page
    }
  },
  true,
);

document.addEventListener("htmx:afterSettle", (event) => {
  const pane = document.getElementById("pane");
  if (!pane || event.detail.target?.id !== "pane") return;
  remember(pane.dataset.code);
  const fromList = event.detail.requestConfig?.elt?.closest(".row");
  if (!fromList) (pane.querySelector(".error-summary") ?? pane).focus({ preventScroll: true });
  pane.querySelector(".error-summary")?.scrollIntoView({ block: "nearest" });
});

// Filters that say nothing stay out of the address.
document.querySelector(".queue-filters")?.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});

document.querySelector(".views__link[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
