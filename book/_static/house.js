/* What scrolls sideways can be reached by Tab, and nothing else: a stop at every formula would be a nuisance. */
(function () {
  function reach() {
    document.querySelectorAll(".bd-article :is(pre, mjx-container[display], .output, .pst-scrollable-table-container)").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth + 1) { box.tabIndex = 0; } else { box.removeAttribute("tabindex"); }
    });
  }
  addEventListener("load", reach);
  addEventListener("resize", reach);
})();
