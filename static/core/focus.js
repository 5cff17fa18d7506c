// Where the focus is after a page has loaded, what screen readers are not to read, and names for
// the areas that SimpleBar makes. Without this script the pages work, less well by ear.
"use strict";

(() => {
  const ICONS = ".material-symbols-outlined:not([aria-hidden])";

  // An icon's text is the name of its glyph; it stays where a control has no other name.
  const isOnlyName = (icon) => {
    const control = icon.closest("a, button, [role=button]");
    if (!control || control.title || control.hasAttribute("aria-label")) return false;
    return control.textContent.trim() === icon.textContent.trim();
  };
  const hideIcons = (root) => {
    for (const icon of root.querySelectorAll(ICONS)) {
      if (!isOnlyName(icon)) icon.setAttribute("aria-hidden", "true");
    }
  };

  // Every area would be a landmark of the same name.
  const unnameAreas = () => {
    for (const area of document.querySelectorAll(".simplebar-content-wrapper[role=region]")) {
      area.setAttribute("role", "group");
    }
  };

  // The errors first, then what was done; never where something else has the focus already. In the
  // admin, whose pages are hidden until Alpine has begun, nothing can take it by `autofocus`.
  const takeFocus = () => {
    const wanted =
      document.querySelector("[data-takes-focus][role=alert]") || document.querySelector("[data-takes-focus]");
    if (wanted && document.activeElement === document.body) wanted.focus();
  };

  // A link of the summary of errors leads to the field, also in a tab that is closed and to the
  // box that Select2 puts in its place.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const group = field.closest("[data-inline-type]")?.id.replace(/-group$/, "");
    const tabs = [...document.querySelectorAll("#tabs-items a, #tabs-dropdown a")];
    const tab = tabs.find((item) => item.hash === `#${group}`) || tabs.find((item) => item.hash === "#general");
    if (tab && !field.getClientRects().length) tab.click();
    setTimeout(() => {
      const box = document.getElementById(`${field.id}_box`) || field;
      (box.matches("fieldset") ? box.querySelector("input:not([type=hidden])") : box).focus();
    }, 50);
  });

  hideIcons(document);
  document.addEventListener("htmx:afterSwap", ({ target }) => hideIcons(target));
  window.addEventListener("load", () => {
    hideIcons(document);
    unnameAreas();
    takeFocus();
  });
})();
