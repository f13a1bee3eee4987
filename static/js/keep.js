// Keeps what is typed on this phone until it was received: <form data-kept-name> with fields
// marked data-keep (never a name, an e-mail or a telephone; "words" where people write),
// [data-kept-done] on the receipt.
const DAYS = 14;
const form = document.querySelector("[data-kept-name]");
const done = document.querySelector("[data-kept-done]");

function read(name) {
  try {
    const kept = JSON.parse(localStorage.getItem(name));
    if (kept && Date.now() - kept.at < DAYS * 864e5) return kept;
    localStorage.removeItem(name);
    return null;
  } catch {
    return null;
  }
}

function write(name, kept) {
  try {
    localStorage.setItem(name, JSON.stringify({ ...kept, at: Date.now() }));
    return true;
  } catch {
    return false;
  }
}

function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // nothing was kept
  }
}

if (done) forget(done.dataset.keptDone);
if (form) {
  const name = form.dataset.keptName;
  const line = document.querySelector("[data-kept-line]");
  const fields = [...form.querySelectorAll("[data-keep]")].filter((field) => field.type !== "hidden");

  const say = (words) => {
    if (!line) return;
    line.hidden = false;
    line.querySelector("[data-kept-words]").textContent = words;
  };
  const typed = () =>
    Object.fromEntries(
      fields
        .filter((field) => field.type !== "radio" || field.checked)
        .map((field) => [field.name, field.value || field.dataset.wanted || ""]),
    );
  const keep = () => {
    if (write(name, { ...read(name), fields: typed() })) say(line?.dataset.saved);
  };

  const restore = (kept) => {
    for (const field of fields) {
      const value = kept.fields[field.name];
      if (value === undefined) continue;
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.name === "district" || field.name === "village") field.dataset.wanted = value;
      else field.value = value;
      if (value) field.closest("details")?.setAttribute("open", "");
    }
    // The same sending, if it may have arrived already: the same receipt comes back.
    if (kept.sentKey) form.elements.key.value = kept.sentKey;
    for (const field of fields) field.dispatchEvent(new Event("input", { bubbles: true }));
    form.elements.regency?.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const kept = form.hasAttribute("data-kept-restore") ? read(name) : null;
  const worthIt = kept && fields.some((field) => field.dataset.keep === "words" && kept.fields?.[field.name]);
  if (worthIt) {
    restore(kept);
    say(line.dataset.restored);
    const button = line.querySelector("[data-kept-forget]");
    button.hidden = false;
    button.addEventListener("click", () => {
      forget(name);
      form.reset();
      location.assign(location.href.split("#")[0]);
    });
  }
  if (fields.length) {
    let waiting;
    form.addEventListener("input", (event) => {
      if (!event.isTrusted) return;
      clearTimeout(waiting);
      waiting = setTimeout(keep, 400);
    });
    addEventListener("pagehide", () => waiting && form.isConnected && read(name) && keep());
  }

  form.addEventListener("submit", (event) => {
    if (fields.length) keep();
    const offline = form.querySelector("[data-offline]");
    if (!navigator.onLine && offline) {
      event.preventDefault();
      offline.hidden = false;
      delete form.dataset.sent;
      return;
    }
    if (event.submitter?.value === "send") {
      write(name, { ...read(name), sentKey: form.elements.key.value });
    }
  });
}
