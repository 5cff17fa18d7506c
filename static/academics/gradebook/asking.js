// Asking before something is lost.

import { focus } from "./moving.js";
import { find } from "./page.js";

// Show the dialog `name` with these texts; `act` on a yes. The focus goes back to the cell.
export function ask(name, texts, cell, act) {
  const box = find(name);
  for (const [part, text] of Object.entries(texts)) find(`${name}-${part}`).textContent = text;
  box.returnValue = "";
  box.addEventListener(
    "close",
    () => {
      if (box.returnValue === "yes") act();
      focus(cell);
    },
    { once: true },
  );
  box.showModal();
}

export const isAsking = () => Boolean(document.querySelector("dialog[open]"));
