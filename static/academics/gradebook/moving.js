// Where in the grid the focus is, and how it moves. The names and assignments are row and column -1:
// their links belong to the grid, too.

import { cellOf, cells, heads, rows, table } from "./page.js";

export let at = cells[0][0];

const headOf = (r, c) => (r < 0 ? heads[c] : rows[r].cells[0]).querySelector("a");

function settle(cell) {
  at.td.tabIndex = -1;
  at = cell;
  at.td.tabIndex = 0;
}

export function focus(cell) {
  settle(cell);
  at.td.focus();
  at.td.scrollIntoView({ block: "nearest", inline: "nearest" });
}

export function go(r, c) {
  if (r >= rows.length || c >= heads.length || r < -1 || c < -1 || (r < 0 && c < 0)) return;
  if (r < 0 || c < 0) headOf(r, c).focus();
  else focus(cells[r][c]);
}

// The row and column of a link of the grid's heads.
export function placeOf(link) {
  const head = link.closest("th");
  const r = rows.indexOf(link.closest("tr"));
  return [r, r < 0 ? heads.indexOf(head) : -1];
}

// Right (or left) to the next cell, at the end of a row into the next; false at the very end.
export function tab(step) {
  const next = at.r * heads.length + at.c + step;
  if (next < 0 || next >= rows.length * heads.length) return false;
  focus(cells[Math.floor(next / heads.length)][next % heads.length]);
  return true;
}

for (const link of table.querySelectorAll("th a")) link.tabIndex = -1;
at.td.tabIndex = 0;

// Whatever moved the focus here: a screen reader, a script.
table.addEventListener("focusin", (event) => {
  if (event.target !== at.td && event.target.matches("[data-gb-cell]")) settle(cellOf(event.target));
});
