// Live count: <p data-count-for="field-id" data-left="{n} left" data-over="{n} too many">.
for (const line of document.querySelectorAll("[data-count-for]")) {
  const field = document.getElementById(line.dataset.countFor);
  const limit = Number(line.dataset.limit || field?.maxLength);
  if (!field || !(limit > 0)) continue;
  field.removeAttribute("maxlength"); // say that it is too long instead of cutting pasted words
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const show = () => {
    const left = limit - [...field.value.replace(/\n/g, "\r\n")].length;
    const words = left < 0 ? line.dataset.over : line.dataset.left;
    line.textContent = words.replace("{n}", number.format(Math.abs(left)));
    line.dataset.overLimit = String(left < 0);
  };
  field.addEventListener("input", show);
  show();
}
