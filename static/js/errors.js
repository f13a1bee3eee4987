// The error summary takes the focus, so that a screen reader begins with what to mend.
const summary = document.querySelector(".error-summary");
if (summary) {
  summary.focus();
  const title = document.title.trim();
  if (!title.startsWith(summary.dataset.prefix)) document.title = `${summary.dataset.prefix} ${title}`;
}
