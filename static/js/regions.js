// District and village lists that follow the regency: [data-regions] holds the address to ask.
// Without JavaScript, or without signal, the regency alone is enough.
const base = document.querySelector("[data-regions]")?.dataset.regions;
const chain = ["regency", "district", "village"].map((name) => document.getElementById(`id_${name}`));

function offer(select, places) {
  select.replaceChildren(select.options[0], ...places.map(({ code, name }) => new Option(name, code)));
  select.closest("[data-place]").hidden = places.length === 0;
}

async function follow(parent, select, rest) {
  for (const later of [select, ...rest]) offer(later, []);
  if (!parent.value) return;
  try {
    const asked = parent.value;
    const answer = await fetch(base.replace("62.00", asked));
    if (!answer.ok || asked !== parent.value) return;
    offer(select, (await answer.json()).places);
  } catch {
    return; // no signal: the lists stay hidden
  }
  if (select.dataset.wanted) {
    select.value = select.dataset.wanted;
    delete select.dataset.wanted;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

if (base && chain.every(Boolean)) {
  const [regency, district, village] = chain;
  regency.addEventListener("change", () => follow(regency, district, [village]));
  district.addEventListener("change", () => follow(district, village, []));
}
