// The list of exports and the page of one: move the bars of what is being made, show what is ready.
// Without this script the page is loaded again by hand.
(() => {
  "use strict";

  const LOOK = 1500; // milliseconds between two looks
  const UNFINISHED = '[data-cell="state"][data-unfinished]';

  function show(cells) {
    for (const [id, parts] of Object.entries(cells)) {
      for (const [name, html] of Object.entries(parts)) {
        const selector = `[data-export="${id}"][data-cell="${name}"]`;
        for (const cell of document.querySelectorAll(selector)) {
          // A button that somebody is about to press stays where it is.
          if (name === "buttons" && cell.outerHTML.trim() === html.trim()) continue;
          const focused = cell.contains(document.activeElement);
          const replaced = document.createRange().createContextualFragment(html);
          const target = replaced.firstElementChild;
          cell.replaceWith(target);
          if (focused) target.querySelector("a, button")?.focus();
        }
      }
    }
  }

  async function look() {
    const waiting = [...document.querySelectorAll(UNFINISHED)];
    if (!waiting.length) return;
    if (document.visibilityState === "visible") {
      const query = new URLSearchParams(waiting.map((cell) => ["id", cell.dataset.export]));
      try {
        const response = await fetch(`${waiting[0].dataset.unfinished}?${query}`);
        if (response.redirected || !response.ok) throw new Error(response.status);
        show(await response.json());
      } catch {
        // The network, or a restart: what runs in the background goes on.
      }
    }
    window.setTimeout(look, LOOK);
  }

  document.addEventListener("DOMContentLoaded", () => window.setTimeout(look, LOOK));
})();
