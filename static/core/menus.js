// Menus that a button opens (`data-menu`, aria-controls, aria-expanded; Alpine shows and hides):
// Escape and `data-closes` close one and give the focus back to its button; with
// `data-moves-focus` the focus goes into it. Without this script they open and close by the button.
"use strict";

(() => {
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea";
  const FRAMES = 20; // to wait for a menu to be shown

  const controlled = (button) => document.getElementById(button.getAttribute("aria-controls"));

  const focusFirst = (menu, frames = FRAMES) => {
    for (const element of menu.querySelectorAll(FOCUSABLE)) {
      element.focus();
      if (document.activeElement === element) return;
    }
    if (frames) requestAnimationFrame(() => focusFirst(menu, frames - 1));
  };

  const open = () =>
    [...document.querySelectorAll("[data-menu][aria-expanded=true]")].filter(
      (button) => controlled(button)?.getClientRects().length,
    );

  const close = (button) => {
    button.click();
    button.focus();
  };

  // The innermost of the open menus that the focus is in, or of all where it is nowhere.
  const menuToClose = () => {
    const active = document.activeElement;
    const candidates = open().filter(
      (button) => active === document.body || active === button || controlled(button).contains(active),
    );
    return candidates.find(
      (button) => !candidates.some((other) => other !== button && controlled(button).contains(other)),
    );
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const button = menuToClose();
    if (button) close(button);
  });

  document.addEventListener("click", ({ target }) => {
    const closing = target.closest("[data-closes]");
    if (closing) {
      const button = open().find((element) => controlled(element).id === closing.dataset.closes);
      if (button) close(button);
    }
    const button = target.closest("[data-menu][data-moves-focus]");
    // Alpine says so by now, and shows it in a moment.
    if (button) {
      setTimeout(() => {
        if (button.getAttribute("aria-expanded") === "true") focusFirst(controlled(button));
      });
    }
  });
})();
