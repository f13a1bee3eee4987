// Compares a file with a SHA-256 on the visitor's own device: <section data-verify="hex" hidden>.
// Needs WebCrypto (a secure page); without it the section stays hidden and the lines to type remain.
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function compare(section, file) {
  const answer = section.querySelector("output");
  answer.dataset.kind = "info";
  answer.textContent = section.dataset.working;
  const found = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const same = found === section.dataset.verify;
  answer.dataset.kind = same ? "success" : "danger";
  answer.textContent = `${file.name}: ${same ? section.dataset.same : section.dataset.other} (${found.slice(0, 12)}…)`;
}

for (const section of document.querySelectorAll("[data-verify]")) {
  if (!globalThis.crypto?.subtle) break;
  const input = section.querySelector("input");
  section.hidden = false;
  input.addEventListener("change", () => input.files[0] && compare(section, input.files[0]));
  section.addEventListener("dragover", (event) => event.preventDefault());
  section.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) compare(section, event.dataTransfer.files[0]);
  });
}
