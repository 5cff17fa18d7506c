// What changes a grade: entering, pasting, taking back; and what the server answers.

import { csrfToken } from "../../core/forms/form.js";
import { ask, isAsking } from "./asking.js";
import { at, focus } from "./moving.js";
import { data, fill, find, heads, nameOf, rows, textOf, words } from "./page.js";
import { hasProblems, listProblems } from "./problems.js";
import { Saving } from "./saving.js";
import { show } from "./showing.js";

const status = find("status");
const retry = find("retry");
const steps = []; // what Ctrl+Z takes back: steps of [{cell, text, feedback}] as they were before
let pasted = null; // {left: the values of a block for which there was no cell}, until it is saved
let takenBack = 0;

const saving =
  data.mayWrite &&
  new Saving({
    url: data.url,
    token: csrfToken,
    changed: (some) => some.forEach(show),
    answered,
    reportProgress: (reason, { count, message }) => {
      status.textContent = message || fill(words[reason], { count });
      retry.hidden = reason === "saving";
    },
  });
retry?.addEventListener("click", () => saving.retry());

function answered(answer) {
  rows.forEach((row, r) => {
    const sums = answer.students[data.students[r].id];
    const sum = row.querySelector("[data-gb-sum]");
    if (sums) [sum.children[0].textContent, sum.children[1].textContent] = [sums.letter, sums.percent];
  });
  heads.forEach((head, c) => {
    head.querySelector("[data-gb-mean]").textContent = answer.assignments[data.assignments[c].id] || "–";
  });
  find("aside").innerHTML = answer.aside;
  showProblems();
  retry.hidden = true;
  status.textContent = summaryOf(answer);
  pasted = null;
  takenBack = 0;
}

function summaryOf(answer) {
  const count = (state) => answer.cells.filter((result) => result.state === state).length;
  const saved = count("saved");
  if (pasted) {
    const all = fill(words.pasted, { saved, refused: count("refused"), changed: count("conflict") });
    return pasted.left ? `${all} ${fill(words.left, { count: pasted.left })}` : all;
  }
  if (takenBack && saved) return fill(words.takenBack, { count: saved });
  return saved ? fill(words.saved, { time: answer.time }) : "";
}

function showProblems() {
  listProblems(undo, (cell) => {
    cell.version = cell.theirs?.version ?? "";
    saving.add([cell]);
    showProblems();
  });
}

// Back to what stands on the server, as far as we know.
export function undo(cell) {
  saving.drop(cell);
  if (cell.theirs) {
    const { text, letter, hint, version, feedback } = cell.theirs;
    Object.assign(cell, { text, letter, hint, version, feedback });
  }
  cell.typed = cell.said = cell.message = cell.state = undefined;
  show(cell);
  showProblems();
}

function put(cell, value) {
  Object.assign(cell, { typed: value, message: undefined });
}

function remember(some) {
  steps.push(some.map((cell) => ({ cell, text: textOf(cell), feedback: cell.feedback })));
}

function change(cell, value) {
  remember([cell]);
  put(cell, value);
  saving.add([cell]);
  showProblems();
}

// Its feedback goes with a grade.
function askToRemove(cell) {
  ask("sure", { place: nameOf(cell), text: cell.feedback }, cell, () => change(cell, ""));
}

export function enter(cell, text) {
  const value = text.trim();
  if (value === textOf(cell)) return;
  if (value === cell.text && cell.state !== "failed" && cell.state !== "saving") undo(cell);
  else if (value === "" && cell.feedback) askToRemove(cell);
  else change(cell, value);
}

export function enterFeedback(cell, said) {
  cell.said = said;
  saving.add([cell]);
}

// `entered`: [{cell, value}]; `left`: how many values have no cell.
export function enterBlock(entered, left) {
  const replaced = entered.filter(({ cell, value }) => textOf(cell) && textOf(cell) !== value).length;
  if (!replaced) return paste(entered, left);
  ask("over", { text: fill(words.replaces, { count: replaced }) }, at, () => paste(entered, left));
}

function paste(entered, left) {
  const changed = entered.map(({ cell }) => cell);
  if (changed.length) remember(changed);
  entered.forEach(({ cell, value }) => put(cell, value));
  if (changed.length) {
    pasted = { left };
    saving.add(changed);
  } else status.textContent = fill(words.left, { count: left });
  showProblems();
}

// Back to before the last cell or paste, through the same check: what somebody else has changed
// since then is a conflict, not overwritten.
export function takeBack() {
  const step = steps.pop();
  if (!step) {
    status.textContent = words.nothingToUndo;
    return;
  }
  const waiting = [];
  for (const { cell, text, feedback } of step) {
    if (text === cell.text && cell.typed !== undefined && cell.state !== "saving") undo(cell);
    else if (text === "" && cell.feedback) askToRemove(cell);
    else {
      put(cell, text);
      if (feedback && !cell.feedback) cell.said = feedback;
      waiting.push(cell);
    }
  }
  takenBack = waiting.length;
  if (waiting.length) saving.add(waiting);
  showProblems();
  if (!isAsking()) focus(step[0].cell);
}

// What was refused, or clashes with somebody else's, is only here.
window.addEventListener("beforeunload", (event) => {
  if (hasProblems()) event.preventDefault();
});
