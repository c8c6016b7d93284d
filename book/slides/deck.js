/* Formulas first, then sizes, then reveal.js: the sizes are measured on the canvas, before anything is scaled. */
window.MathJax = {
  tex: { inlineMath: [["\\(", "\\)"]], displayMath: [["\\[", "\\]"]] },
  chtml: { matchFontHeight: false },
  options: { enableMenu: false, ignoreHtmlClass: "reveal", processHtmlClass: "math" },
  startup: { typeset: false, pageReady: start },
};

/* The speaker's window has no styles of MathJax's: there the browser draws formulas by itself. */
function formulasOfNotes() {
  document.querySelectorAll(".notes .math").forEach(function (formula) {
    const display = formula.classList.contains("block");
    const source = formula.textContent.trim().slice(2, -2);
    formula.outerHTML = MathJax.tex2mml(source, { display: display });
  });
}

/* Largest and smallest size, in pixels of the canvas, of what a room has to read. */
const SIZES = { "--prose": [36, 24], "--mono": [26, 16], "--table": [30, 17] };
const STEPS = 12;

function overflows(box) {
  return box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
}

function fits(body) {
  const parts = [body, ...body.querySelectorAll("pre, .table, .math.block")];
  if (parts.some(overflows)) { return false; }
  return Array.from(body.querySelectorAll("details")).every(function (choice) {
    choice.open = true;
    const good = !overflows(body);
    choice.open = false;
    return good;
  });
}

function fitText(slide) {
  const body = slide.querySelector(".body");
  for (let step = 0; step <= STEPS; step += 1) {
    for (const [name, [largest, smallest]] of Object.entries(SIZES)) {
      slide.style.setProperty(name, largest + (smallest - largest) * step / STEPS + "px");
    }
    if (fits(body)) { return; }
  }
  body.classList.add("scroller");
}

/* Players and contact sheets keep their shape and grow or shrink as a whole. */
function fitWhole(element) {
  const room = element.parentElement;
  element.style.zoom = 1;
  const zoom = Math.min(room.clientWidth / element.offsetWidth, room.clientHeight / element.offsetHeight);
  element.style.zoom = Math.max(0.4, Math.min(2.2, zoom * 0.99));
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
  formulasOfNotes();
  await MathJax.startup.defaultPageReady();
  await MathJax.typesetPromise([document.querySelector(".slides")]);
  await Promise.all(Array.from(document.images, (image) => image.decode().catch(() => null)));
  document.querySelectorAll(".slide").forEach(fitText);
  document.querySelectorAll(".vt-player, .vt-sheet").forEach(fitWhole);
  document.querySelectorAll(".scroller, pre, .table").forEach(function (element) {
    if (overflows(element)) {
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
