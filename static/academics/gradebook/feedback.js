// The dialog of a grade's feedback and of its last changes.

import { enterFeedback } from "./grades.js";
import { focus } from "./moving.js";
import { data, find, nameOf, words } from "./page.js";

const box = find("note");
const field = box.querySelector("textarea");
let asked = null; // the cell

export function openFeedback(cell) {
  asked = cell;
  const isGraded = cell.text !== "" || cell.typed;
  find("note-place").textContent = isGraded ? nameOf(cell) : `${nameOf(cell)}. ${words.gradeFirst}`;
  field.value = cell.said ?? cell.feedback;
  field.readOnly = !data.mayWrite || !isGraded;
  box.querySelector("[value=save]").hidden = field.readOnly;
  box.returnValue = "";
  box.showModal();
  field.focus();
  showChanges(cell);
}

// The cell's last changes, as the page of all changes tells them.
async function showChanges(cell) {
  const place = find("note-changes");
  place.replaceChildren();
  try {
    const query = new URLSearchParams({ student: cell.student.id, assignment: cell.assignment.id });
    const response = await fetch(`${data.changes}?${query}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const list = page.querySelector("[data-gb-changes]");
    if (asked === cell && list) place.replaceChildren(...list.children);
  } catch {
    // Without a network there is the feedback alone.
  }
}

field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.querySelector("[value=save]").click();
});
box.addEventListener("close", () => {
  const said = field.value.trim();
  if (box.returnValue === "save" && said !== asked.feedback) enterFeedback(asked, said);
  focus(asked);
});
