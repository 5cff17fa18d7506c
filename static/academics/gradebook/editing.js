// Typing into a cell.

import { enter } from "./grades.js";
import { data, make, nameOf, textOf } from "./page.js";
import { show } from "./showing.js";

// {cell, input, isTyping}; isTyping: arrows leave the cell, else they move in its text
export let editing = null;

// `start`: the key that began it; without one the text that is there is edited.
export function edit(cell, start) {
  if (!data.mayWrite || editing) return;
  const input = make("input", "gb__edit");
  Object.assign(input, { value: start ?? textOf(cell), maxLength: 40, autocomplete: "off", spellcheck: false });
  input.setAttribute("aria-label", nameOf(cell));
  editing = { cell, input, isTyping: start !== undefined };
  cell.isEdited = true;
  cell.td.replaceChildren(input);
  cell.td.className = "gb__is-edited";
  input.addEventListener("blur", () => finish());
  input.focus();
  if (start === undefined) input.select();
}

// Take over what was typed; `keep` false: leave the cell as it was.
export function finish(keep = true) {
  if (!editing) return;
  const { cell, input } = editing;
  editing = null;
  cell.isEdited = false;
  if (keep) enter(cell, input.value);
  show(cell);
}

window.addEventListener("beforeunload", (event) => {
  if (editing && editing.input.value.trim() !== textOf(editing.cell)) event.preventDefault();
});
