// The text form of the drafting desk: the prose editor on its textarea, its tools, and care that
// nothing typed is lost. The editor's script is fetched when a form appears; without it the
// textarea takes plain text.

/** The editor's table, which would otherwise drop the title. */
const titledTable = ({ Table }) =>
  Table.extend({
    addAttributes() {
      const parseHTML = (table) => table.querySelector(":scope > caption")?.textContent.trim() || null;
      return { ...this.parent?.(), caption: { default: null, parseHTML, rendered: false } };
    },
    parseHTML: () => [{ tag: "table" }, { tag: "caption", ignore: true }],
    renderHTML: ({ node }) =>
      node.attrs.caption ? ["table", ["caption", node.attrs.caption], ["tbody", 0]] : ["table", ["tbody", 0]],
    addNodeView: () => null,
  });

/** Word's six levels become the plan's two; its styles stay behind. */
const plainHeadings = (html) =>
  html
    .replace(/<(\/?)h1\b/gi, "<$1h2")
    .replace(/<(\/?)h[4-6]\b/gi, "<$1h3")
    .replace(/\s(style|on\w+)=("[^"]*"|'[^']*')/gi, "");

function extensionsFor(prose, config) {
  return Object.entries(config.extensions).map(([name, options]) => {
    const extension = name === "Table" ? titledTable(prose) : prose[name];
    return typeof options === "object" ? extension.configure(options) : extension;
  });
}

const COMMANDS = {
  paragraph: (chain) => chain.setParagraph(),
  heading2: (chain) => chain.toggleHeading({ level: 2 }),
  heading3: (chain) => chain.toggleHeading({ level: 3 }),
  bold: (chain) => chain.toggleBold(),
  italic: (chain) => chain.toggleItalic(),
  bulletList: (chain) => chain.toggleBulletList(),
  orderedList: (chain) => chain.toggleOrderedList(),
  table: (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true }),
  undo: (chain) => chain.undo(),
  redo: (chain) => chain.redo(),
  addRowAfter: (chain) => chain.addRowAfter(),
  deleteRow: (chain) => chain.deleteRow(),
  addColumnAfter: (chain) => chain.addColumnAfter(),
  deleteColumn: (chain) => chain.deleteColumn(),
  toggleHeaderRow: (chain) => chain.toggleHeaderRow(),
  mergeOrSplit: (chain) => chain.mergeOrSplit(),
};
const STATES = {
  paragraph: ["paragraph"],
  heading2: ["heading", { level: 2 }],
  heading3: ["heading", { level: 3 }],
  bold: ["bold"],
  italic: ["italic"],
  link: ["link"],
  bulletList: ["bulletList"],
  orderedList: ["orderedList"],
};
// Asked in a row under the tools: what to show first, and what to do with the answer.
const QUESTIONS = {
  link: {
    present: (editor) => editor.getAttributes("link").href ?? "",
    answer: (chain, href) =>
      href ? chain.extendMarkRange("link").setLink({ href }) : chain.extendMarkRange("link").unsetLink(),
  },
  caption: {
    present: (editor) => editor.getAttributes("table").caption ?? "",
    answer: (chain, caption) => chain.updateAttributes("table", { caption: caption || null }),
  },
};

function ask(editor, tools, name) {
  const row = tools.querySelector(`[data-ask="${name}"]`);
  const input = row.querySelector("input");
  row.hidden = !row.hidden;
  if (row.hidden) return editor.commands.focus();
  input.value = QUESTIONS[name].present(editor);
  input.focus();
}

function answer(editor, row) {
  const input = row.querySelector("input");
  if (!input.reportValidity()) return;
  QUESTIONS[row.dataset.ask].answer(editor.chain().focus(), input.value.trim()).run();
  row.hidden = true;
}

function showState(editor, tools) {
  for (const button of tools.querySelectorAll("[data-do]")) {
    const state = STATES[button.dataset.do];
    if (state) button.setAttribute("aria-pressed", editor.isActive(...state));
  }
  tools.querySelector('[data-in="table"]').hidden = !editor.isActive("table");
}

function wireTools(editor, tools) {
  tools.hidden = false;
  tools.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const name = button.dataset.do;
    if ("answer" in button.dataset) answer(editor, button.closest("[data-ask]"));
    else if (name in QUESTIONS) ask(editor, tools, name);
    else COMMANDS[name](editor.chain().focus()).run();
  });
  tools.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-ask]");
    if (!row || event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    answer(editor, row);
  });
  editor.on("transaction", () => showState(editor, tools));
  showState(editor, tools);
}

async function start(form) {
  const textarea = form.querySelector("textarea[data-editor-src]");
  if (!textarea || form.dataset.started) return;
  form.dataset.started = "yes";
  const prose = await import(textarea.dataset.editorSrc);
  const place = document.createElement("div");
  place.className = "editor-text as-published plan-text";
  textarea.before(place);
  textarea.hidden = true;
  form.querySelector("[data-plain-only]").hidden = true;
  const editor = new prose.Editor({
    element: place,
    content: textarea.value,
    extensions: extensionsFor(prose, JSON.parse(textarea.dataset.djangoProseEditorBlock)),
    injectCSS: false, // desk.css has those rules; the policy allows no injected style sheet
    autofocus: form.querySelector(".error-summary") ? false : "end",
    editorProps: {
      transformPastedHTML: plainHeadings,
      attributes: { role: "textbox", "aria-multiline": "true", "aria-labelledby": "text-label", id: "text-editor" },
    },
    onUpdate({ editor }) {
      textarea.value = editor.isEmpty ? "" : editor.getHTML();
      form.dataset.dirty = "yes";
    },
  });
  form.querySelector(`label[for="${textarea.id}"]`).addEventListener("click", () => editor.commands.focus());
  wireTools(editor, form.querySelector(".editor-tools"));
}

function prepare(root) {
  const forms = root.matches?.("[data-editing]") ? [root] : root.querySelectorAll("[data-editing]");
  for (const form of forms) start(form).catch(() => {}); // the textarea stays
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-editing]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
}, true);

document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-editing]");
  if (form && target.matches("textarea")) form.dataset.dirty = "yes";
});

// What no request may carry is not sent: it stays where it was typed, with the reason.
document.addEventListener("submit", (event) => {
  const textarea = event.target.querySelector("textarea[data-longest]");
  if (!textarea) return;
  const tooLong = textarea.value.length > textarea.dataset.longest && [...textarea.value].length > textarea.dataset.longest;
  event.target.querySelector("[data-too-long]").hidden = !tooLong;
  if (!tooLong) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// Leaving: warn while something is unsaved.
const dirty = () => document.querySelector('[data-editing][data-dirty="yes"]');
addEventListener("beforeunload", (event) => dirty() && event.preventDefault());
document.addEventListener("submit", ({ target }) => {
  if (!target.hasAttribute("hx-post") || !window.htmx) delete target.dataset.dirty;
});

// After a change: start editors, and put the focus where the work goes on.
document.addEventListener("htmx:afterSettle", ({ target }) => target.querySelector?.(".error-summary")?.focus());
document.addEventListener("text-changed", ({ detail }) => {
  if (document.activeElement !== document.body) return; // a button that is still there keeps it
  const changed = document.getElementById(detail.anchor);
  (changed?.querySelector(":scope > form button") ?? changed)?.focus({ preventScroll: true });
  changed?.scrollIntoView({ block: "nearest" });
});
document.addEventListener("htmx:load", ({ target }) => prepare(target));
prepare(document);
