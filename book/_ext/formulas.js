// Turns TeX into HTML with MathJax, without a browser: a line of JSON in, a line of JSON out.
//     node formulas.js FOLDER_OF_MATHJAX
// {"tex": "x^2", "display": true} gives a formula, {"style": true} the style sheet of all formulas so far.
const mathjax = process.argv[2];
const lines = require("readline").createInterface({ input: process.stdin });
const ready = require(mathjax + "/node-main.js").init({
  loader: { paths: { mathjax }, versionWarnings: false, load: ["adaptors/liteDOM", "input/tex-full", "output/chtml", "a11y/assistive-mml"] },
  tex: { packages: { "[-]": ["noundefined", "noerrors"] } },  // a mistake is an error, not red letters on the page
  chtml: { fontURL: "mathjax" },
  startup: { typeset: false },
});

(async () => {
  const MathJax = await ready, adaptor = MathJax.startup.adaptor;
  for await (const line of lines) {
    const asked = JSON.parse(line);
    const answer = asked.style
      ? adaptor.textContent(MathJax.chtmlStylesheet())
      : adaptor.outerHTML(MathJax.tex2chtml(asked.tex, { display: asked.display }));
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
})();
