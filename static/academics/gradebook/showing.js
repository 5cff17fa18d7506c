// How a cell looks: its grade, and how the saving goes.

import { make, words } from "./page.js";

const MARKS = { saving: "…", saved: "✓", failed: "↻", refused: "!", conflict: "⇄" };
const NAMES = {
  saving: "cellSaving",
  saved: "cellSaved",
  failed: "cellFailed",
  refused: "cellRefused",
  conflict: "cellConflict",
};

export const isWrong = (cell) => cell.state === "refused" || cell.state === "conflict";

function partsOf(cell) {
  const isUnsaved = cell.typed !== undefined;
  const parts = [make("span", "gb__text", isUnsaved ? cell.typed : cell.text)];
  if (!isUnsaved && cell.letter) parts.push(make("small", "", cell.letter));
  if (!isUnsaved && cell.hint) parts.push(make("small", "gb__hint", cell.hint));
  if (cell.feedback) {
    parts.push(make("span", "gb__note"));
    parts.at(-1).append(make("span", "gb__hidden", words.hasFeedback));
  }
  if (cell.state) {
    const mark = make("span", "gb__mark", MARKS[cell.state]);
    mark.setAttribute("aria-hidden", "true");
    parts.push(mark, make("span", "gb__hidden", ` ${words[NAMES[cell.state]]}`));
  }
  if (cell.message && isWrong(cell)) parts.push(make("span", "gb__why", cell.message));
  return parts;
}

// A cell that is being typed into (isEdited) stays as it is.
export function show(cell) {
  if (cell.isEdited) return;
  cell.td.replaceChildren(...partsOf(cell));
  cell.td.className = cell.state ? `gb__is-${cell.state}` : "";
  if (cell.state === "refused") cell.td.setAttribute("aria-invalid", "true");
  else cell.td.removeAttribute("aria-invalid");
}
