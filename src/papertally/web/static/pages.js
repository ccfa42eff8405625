// Small comforts; every page works without them.
"use strict";

// A change of a filter applies at once, and its button is not needed.
for (const form of document.querySelectorAll("form.filters")) {
  const button = form.querySelector(":scope > button");
  if (button) button.hidden = true;
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=radio], input[type=checkbox]")) form.requestSubmit();
  });
}

// Fields that filter nothing stay out of the address.
document.addEventListener("submit", (event) => {
  for (const field of event.target.querySelectorAll("select, input")) {
    const isDefault = field.name === "match" && field.value === "word";
    const isPlain = field.name === "zone" && field.value === "any";
    const isShare = field.name === "measure" && field.value === "share";
    if (field.value === "" || isDefault || isPlain || isShare) field.disabled = true;
  }
});
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form [disabled]")) field.disabled = false;
});

// "/" goes to the box, as on many sites.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  (document.getElementById("large") || document.getElementById("box")).focus();
});

// The numbers of a point appear at once, under the mouse or with the keyboard's focus.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true");
document.body.append(tip);

function show(point) {
  tip.textContent = point.dataset.label;
  tip.hidden = false;
  const box = point.getBoundingClientRect();
  const left = Math.min(box.right + 6, window.innerWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${Math.max(8, box.top - tip.offsetHeight - 4)}px`;
}

for (const point of document.querySelectorAll(".point")) {
  point.querySelector("title").remove();
  point.addEventListener("mouseenter", () => show(point));
  point.addEventListener("mouseleave", () => { tip.hidden = true; });
  const anchor = point.closest("a");
  if (anchor) {
    anchor.addEventListener("focus", () => show(point));
    anchor.addEventListener("blur", () => { tip.hidden = true; });
  }
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") tip.hidden = true;
});
