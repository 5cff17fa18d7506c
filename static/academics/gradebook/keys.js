// The grid by keyboard and mouse, as in a spreadsheet.

import { isAsking } from "./asking.js";
import { edit, editing, finish } from "./editing.js";
import { openFeedback } from "./feedback.js";
import { enter, takeBack, undo } from "./grades.js";
import { at, focus, go, placeOf, tab } from "./moving.js";
import { cellOf, cells, data, find, rows, table } from "./page.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const STEPS = { ...ARROWS, PageUp: [-10, 0], PageDown: [10, 0] };
const inRows = (r) => Math.min(rows.length - 1, Math.max(0, r));

// What a key does in the grid, by its name; what gives `false` is left to the browser.
const GRID_KEYS = {
  F2: ({ shiftKey }) => (shiftKey ? openFeedback(at) : edit(at)),
  Enter: ({ shiftKey }) => go(inRows(at.r + (shiftKey ? -1 : 1)), at.c),
  Tab: ({ shiftKey }) => tab(shiftKey ? -1 : 1),
  Home: ({ ctrlKey }) => focus(cells[ctrlKey ? 0 : at.r][0]),
  End: ({ ctrlKey }) => focus(cells[ctrlKey ? rows.length - 1 : at.r].at(-1)),
  PageUp: () => focus(cells[inRows(at.r + STEPS.PageUp[0])][at.c]),
  PageDown: () => focus(cells[inRows(at.r + STEPS.PageDown[0])][at.c]),
  Escape: () => leave(),
  Delete: () => data.mayWrite && enter(at, ""),
  Backspace: () => data.mayWrite && enter(at, ""),
};

function gridKey(event) {
  const { key, altKey } = event;
  if (key in GRID_KEYS) return GRID_KEYS[key](event) !== false;
  if (key in ARROWS) go(at.r + ARROWS[key][0], at.c + ARROWS[key][1]);
  else if (data.mayWrite && key.length === 1 && !altKey) edit(at, key);
  else return false;
  return true;
}

function headKey({ target, key }) {
  if (key === "Escape") focus(at);
  else if (key in STEPS) {
    const [r, c] = placeOf(target);
    go(Math.min(rows.length - 1, r + STEPS[key][0]), c + STEPS[key][1]);
  } else return false;
  return true;
}

function editKey({ key, shiftKey }) {
  const { cell, isTyping } = editing;
  if (key === "Escape") {
    finish(false);
    focus(cell);
    return true;
  }
  if (key === "F2") {
    editing.isTyping = !isTyping;
    return true;
  }
  if (key === "Tab") {
    finish();
    focus(cell);
    return tab(shiftKey ? -1 : 1);
  }
  const step = key === "Enter" ? [shiftKey ? -1 : 1, 0] : isTyping && ARROWS[key];
  if (!step) return false;
  finish();
  // Where there is no further cell, stay.
  if (!isAsking()) focus(cells[cell.r + step[0]]?.[cell.c + step[1]] || cell);
  return true;
}

// Tab belongs to the grid, so Escape is the way out: undo first, then leave.
function leave() {
  if (at.typed !== undefined || at.said !== undefined) undo(at);
  else (data.mayWrite ? find("help") : document.querySelector("[data-gb] nav a")).focus();
}

table.addEventListener("keydown", (event) => {
  const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
  const isCommand = ctrlKey || metaKey;
  if (isCommand && !shiftKey && !altKey && key.toLowerCase() === "z" && !editing && data.mayWrite) {
    event.preventDefault();
    takeBack();
    return;
  }
  if (event.isComposing || (isCommand && key !== "Home" && key !== "End")) return;
  const act = editing ? editKey : event.target.closest("th") ? headKey : gridKey;
  if (act(event)) event.preventDefault();
});
table.addEventListener("mousedown", (event) => {
  const td = event.target.closest("[data-gb-cell]");
  if (!td || td.contains(editing?.input)) return;
  event.preventDefault();
  focus(cellOf(td));
});
table.addEventListener("dblclick", (event) => {
  if (event.target.closest("[data-gb-cell]") === at.td) edit(at);
});
