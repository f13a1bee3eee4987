// Keeps what is typed on this phone until it was received: <form data-draft-name> with fields
// marked data-draft (never a name, an e-mail or a telephone), [data-draft-done] on the receipt.
const DAYS = 14;
const form = document.querySelector("[data-draft-name]");
const done = document.querySelector("[data-draft-done]");

function read(name) {
  try {
    const draft = JSON.parse(localStorage.getItem(name));
    if (draft && Date.now() - draft.at < DAYS * 864e5) return draft;
    localStorage.removeItem(name);
    return null;
  } catch {
    return null;
  }
}

function write(name, draft) {
  try {
    localStorage.setItem(name, JSON.stringify({ ...draft, at: Date.now() }));
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

if (done) forget(done.dataset.draftDone);
if (form) {
  const name = form.dataset.draftName;
  const line = document.querySelector("[data-draft-line]");
  const fields = [...form.querySelectorAll("[data-draft]")].filter((field) => field.type !== "hidden");

  const say = (words) => {
    if (!line) return;
    line.hidden = false;
    line.querySelector("[data-draft-words]").textContent = words;
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

  const restore = (draft) => {
    for (const field of fields) {
      const value = draft.fields[field.name];
      if (value === undefined) continue;
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.name === "district" || field.name === "village") field.dataset.wanted = value;
      else field.value = value;
      if (value) field.closest("details")?.setAttribute("open", "");
    }
    // The same sending, if it may have arrived already: the same receipt comes back.
    if (draft.sentKey) form.elements.key.value = draft.sentKey;
    for (const field of fields) field.dispatchEvent(new Event("input", { bubbles: true }));
    form.elements.regency?.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const draft = form.hasAttribute("data-draft-restore") ? read(name) : null;
  const worthIt = draft && ["body", "suggested_wording", "rationale"].some((one) => draft.fields?.[one]);
  if (worthIt) {
    restore(draft);
    say(line.dataset.restored);
    const button = line.querySelector("[data-draft-forget]");
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
