// Copying a cell, and pasting a cell or a block of them, from and to other programs.

import { editing, finish } from "./editing.js";
import { enter, enterBlock } from "./grades.js";
import { at, focus } from "./moving.js";
import { cells, data, textOf } from "./page.js";

const LONGEST = 41; // characters: one more than a cell takes, so that the server says so
const isInGrid = () => !editing && document.activeElement === at.td;

// Lines and columns, without the quotes in which spreadsheets put what has several lines.
function blockOf(text) {
  const plain = (value) => value.replace(/^"([^]*)"$/, "$1").trim();
  return text.split("\n").map((line) => line.split("\t").map(plain));
}

document.addEventListener("copy", (event) => {
  if (!isInGrid() || !window.getSelection().isCollapsed) return;
  event.clipboardData.setData("text/plain", textOf(at));
  event.preventDefault();
});
document.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
  const block = blockOf(text);
  const isOne = block.length === 1 && block[0].length === 1;
  const isInInput = editing && document.activeElement === editing.input;
  if (!data.mayWrite || (!isInGrid() && !(isInInput && !isOne))) return;
  event.preventDefault();
  if (isInInput) {
    const { cell } = editing;
    finish(false);
    focus(cell);
  }
  if (!isOne) pasteBlock(block);
  else if (text.trim()) enter(at, text);
});

function pasteBlock(block) {
  const entered = [];
  block.forEach((line, r) =>
    line.forEach((value, c) => {
      const cell = cells[at.r + r]?.[at.c + c];
      if (cell && value) entered.push({ cell, value: value.slice(0, LONGEST) });
    }),
  );
  enterBlock(entered, block.flat().length - entered.length);
}
