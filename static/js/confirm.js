// A question before a dangerous post: <form data-confirm="What will happen" data-confirm-title data-confirm-yes data-confirm-no>.
// On a button the same attributes ask for that button only. Without JavaScript the post goes ahead.
const make = (tag, className, text) => {
  const element = document.createElement(tag);
  element.className = className;
  if (text) element.textContent = text;
  return element;
};

function ask({ confirm, confirmTitle, confirmYes, confirmNo }) {
  const dialog = make("dialog", "dialog");
  const form = make("form", "");
  form.method = "dialog";
  const title = make("h2", "dialog__title", confirmTitle || confirmYes);
  title.id = "dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const actions = make("div", "cluster dialog__actions");
  const no = make("button", "button button--secondary", confirmNo || "×");
  const yes = make("button", "button button--danger", confirmYes || "OK");
  yes.value = "yes";
  actions.append(no, yes);
  form.append(title, make("p", "", confirm), actions);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    }),
  );
}

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    const asker = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asker.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(asker.dataset))) return event.submitter?.focus();
    form.dataset.confirmed = "yes";
    form.requestSubmit(event.submitter);
    delete form.dataset.confirmed;
  },
  true,
);
