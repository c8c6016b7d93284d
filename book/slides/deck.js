/* Sizes first, then reveal.js: they are measured on the canvas, before anything is scaled. */
/* Largest and smallest size, in pixels of the canvas, of what a room has to read. Paper does not scroll. */
const paper = /print-pdf|view=print/.test(location.search);
const smallest = (size) => (paper ? Math.min(size, 8) : size);
const PROSE = [36, smallest(24)], WORDS = [48, smallest(24)], FORMULA = [42, smallest(20)];
const MONO = [28, smallest(16)], TABLE = [32, smallest(17)];

function overflows(box) {
  return box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
}

/* Whether all of a slide's words have room, whichever reply of a quiz is open. */
function fits(body) {
  return !overflows(body) && Array.from(body.querySelectorAll("details")).every(function (choice) {
    choice.open = true;
    const good = !overflows(body);
    choice.open = false;
    return good;
  });
}

function fitText(slide) {
  const body = slide.querySelector(".body");
  const boxes = [[body, slide.matches(".result.words") ? WORDS : PROSE]];
  for (const [selector, range] of [["pre", MONO], [".table", TABLE], [".math.block", FORMULA]]) {
    body.querySelectorAll(selector).forEach((box) => boxes.push([box, range]));
  }
  const sizes = boxes.map(function ([box, [largest, least]], place) {
    let size = largest;
    box.style.fontSize = size + "px";
    while (place > 0 && size > least && box.scrollWidth > box.clientWidth + 1) {  // wide lines
      size -= 1;
      box.style.fontSize = size + "px";
    }
    return size;
  });
  for (let share = 1; !fits(body) && share > 0.15; share -= 0.05) {  // too much for the height
    boxes.forEach(function ([box, [, least]], place) {
      box.style.fontSize = Math.max(Math.min(least, sizes[place]), sizes[place] * share) + "px";
    });
  }
  if (!fits(body)) { body.classList.add("scroller"); }
}

function fitCode(code) {
  const box = code.querySelector("div");
  code.open = true;
  for (let size = 22; size >= MONO[1]; size -= 1) {
    box.style.fontSize = size + "px";
    if (!overflows(box)) { break; }
  }
  code.open = false;
}

/* Players and contact sheets keep their shape and grow or shrink as a whole. */
function fitWhole(element) {
  const room = element.parentElement;
  element.style.zoom = 1;
  const zoom = Math.min(room.clientWidth / element.offsetWidth, room.clientHeight / element.offsetHeight);
  element.style.zoom = Math.max(0.4, Math.min(2.2, zoom * 0.99));
}

/* On paper a player stands in the middle of its clip, where more is to be seen than at its start. */
function halfWay(player) {
  const range = player.querySelector("input");
  range.value = Math.floor(range.max / 2);
  range.dispatchEvent(new Event("input"));
}

function toggleCode() {
  const code = Reveal.getCurrentSlide().querySelector("details.code");
  if (code) { code.open = !code.open; }
}

function keepKeys(elements, keys) {
  elements.forEach(function (element) {
    element.addEventListener("keydown", function (event) {
      if (!keys || keys.includes(event.key)) { event.stopPropagation(); }
    });
  });
}

async function start() {
  await document.fonts.ready;  // those of formulas, too
  await Promise.all(Array.from(document.images, (image) => image.decode().catch(() => null)));
  document.querySelectorAll(".slide").forEach(fitText);
  document.querySelectorAll("details.code").forEach(fitCode);
  document.querySelectorAll(".vt-player, .vt-sheet").forEach(fitWhole);
  if (paper) { document.querySelectorAll(".vt-player").forEach(halfWay); }
  document.querySelectorAll(".body.scroller, .body pre, .body .table, details.code > div").forEach(function (element) {
    if (overflows(element) || element.closest("details")) {
      element.classList.add("scroller");
      element.tabIndex = 0;
    }
  });
  keepKeys(document.querySelectorAll("summary"), [" ", "Enter"]);
  keepKeys(document.querySelectorAll(".scroller"), ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"]);
  keepKeys(document.querySelectorAll("video"));
  document.documentElement.classList.add("measured");
  await Reveal.initialize({
    width: 1280, height: 720, margin: 0, center: false, display: "block", hash: true,
    transition: "none", backgroundTransition: "none", slideNumber: "c/t", controlsTutorial: false,
    scrollActivationWidth: null, pdfSeparateFragments: false,
    keyboard: { 67: toggleCode }, plugins: [RevealNotes],
  });
  document.documentElement.dataset.ready = "";
}

start();
