// The gradebook's grid: moves, edits, copies and pastes like a spreadsheet. What a cell takes is decided
// by the server. Without this script the grid is a table to read, whose assignments lead to pages where
// grades are entered in a form, one assignment at a time.

import "./clipboard.js";
import "./keys.js";
import "./reasons.js";
import { openFeedback } from "./feedback.js";
import { at } from "./moving.js";
import { data, find } from "./page.js";

// On a phone, one assignment at a time.
if (window.matchMedia("(max-width: 640px)").matches) find("columns").open = true;

function offer(name, act) {
  find(name).hidden = false;
  find(name).addEventListener("click", act);
}

if (data.mayWrite) {
  offer("feedback", () => openFeedback(at));
  offer("help", () => find("keys").showModal());
}
