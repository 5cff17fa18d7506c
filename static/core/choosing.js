// Select2 keeps the last list while it asks for what was typed: Enter would choose of that one
// whoever happens to be first. It waits until the new list is there.
// Without this script Select2 is as it is.
(() => {
  "use strict";

  document.addEventListener(
    "keydown",
    (event) => {
      const { key, target } = event;
      if (key !== "Enter" || !target.matches?.(".select2-search__field")) return;
      const list =
        document.getElementById(target.getAttribute("aria-controls")) ??
        document.querySelector(".select2-container--open .select2-results__options");
      if (!list?.querySelector(".loading-results")) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
})();
