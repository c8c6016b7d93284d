/* Beside a word of the glossary its meaning, for pointer, keyboard and finger. Escape closes it; it stays while the
   pointer is on it. A first touch shows the meaning, a second one follows the link. */
(function () {
  const box = document.createElement("div");
  box.id = "meaning";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  let shown = null, leaving;

  function show(word) {
    clearTimeout(leaving);
    hide();
    shown = word;
    box.textContent = word.dataset.meaning;
    word.setAttribute("aria-describedby", box.id);
    box.hidden = false;
    const place = word.getBoundingClientRect(), width = document.documentElement.clientWidth;
    box.style.left = Math.max(8, Math.min(place.left, width - box.offsetWidth - 8)) + scrollX + "px";
    const above = place.bottom + box.offsetHeight + 8 > innerHeight;
    box.style.top = (above ? place.top - box.offsetHeight - 6 : place.bottom + 6) + scrollY + "px";
  }
  function hide() {
    if (shown) { shown.removeAttribute("aria-describedby"); }
    shown = null;
    box.hidden = true;
  }
  function leave() { leaving = setTimeout(hide, 200); }

  document.body.append(box);
  box.addEventListener("pointerenter", () => clearTimeout(leaving));
  box.addEventListener("pointerleave", leave);
  document.querySelectorAll("a.term").forEach(function (word) {
    let touched = false;
    word.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") { show(word); } });
    word.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") { leave(); } });
    word.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
    word.addEventListener("focus", () => { if (!touched) { show(word); } });
    word.addEventListener("blur", leave);
    word.addEventListener("click", function (event) {
      if (touched && shown !== word) { event.preventDefault(); show(word); }
    });
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") { hide(); } });
})();
