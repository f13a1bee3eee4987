// The receipt's buttons: copy number and PIN, save both as a picture, print.
const box = document.querySelector("[data-receipt]");

function draw() {
  const words = (selector) => box.querySelector(selector).textContent.trim();
  const canvas = document.createElement("canvas");
  canvas.width = 1080;
  canvas.height = 1080;
  const pen = canvas.getContext("2d");
  const sans = "system-ui, sans-serif";
  const line = (text, y, font, colour = "black") => {
    pen.font = font;
    pen.fillStyle = colour;
    pen.fillText(text, 80, y, 920);
  };
  pen.fillStyle = "white";
  pen.fillRect(0, 0, 1080, 1080);
  pen.lineWidth = 12;
  pen.strokeRect(6, 6, 1068, 1068);
  line(box.dataset.title, 140, `600 44px ${sans}`);
  line(box.dataset.chapter, 200, `36px ${sans}`, "dimgray");
  line(words("#receipt-code-label"), 340, `36px ${sans}`, "dimgray");
  line(words("#receipt-code"), 460, "700 128px monospace");
  line(words("#receipt-pin-label"), 600, `36px ${sans}`, "dimgray");
  line(words("#receipt-pin"), 710, "700 108px monospace");
  line(box.dataset.moment, 860, `36px ${sans}`, "dimgray");
  line(box.dataset.address, 930, `32px ${sans}`);
  return canvas;
}

if (box) {
  const copy = box.querySelector("[data-receipt-copy]");
  const image = box.querySelector("[data-receipt-image]");
  const print = box.querySelector("[data-receipt-print]");
  image.hidden = print.hidden = false;
  copy.hidden = !navigator.clipboard;
  print.addEventListener("click", () => window.print());
  image.addEventListener("click", () =>
    draw().toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = box.dataset.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    }),
  );
  copy.addEventListener("click", async () => {
    const rows = ["code", "pin"].map((name) =>
      [`#receipt-${name}-label`, `#receipt-${name}`].map((id) => box.querySelector(id).textContent.trim()).join(": "),
    );
    await navigator.clipboard.writeText([...rows, box.dataset.address].join("\n"));
    const label = copy.querySelector("[data-label]");
    const before = label.textContent;
    label.textContent = copy.dataset.copied;
    setTimeout(() => (label.textContent = before), 2500);
  });
}
