// The list of what was refused, or clashes with what somebody else has saved.

import { focus } from "./moving.js";
import { cells, fill, find, make, nameOf, words } from "./page.js";
import { isWrong } from "./showing.js";

const wrong = new Set(); // in the order in which it went wrong; what was typed there is only on this page

export const hasProblems = () => wrong.size > 0;

// `undo` and `overwrite` are what can be done about one.
export function listProblems(undo, overwrite) {
  for (const cell of cells.flat()) {
    if (isWrong(cell)) wrong.add(cell);
    else wrong.delete(cell);
  }
  find("problems").replaceChildren(...[...wrong].map((cell) => problem(cell, undo, overwrite)));
}

function problem(cell, undo, overwrite) {
  const item = make("li", "");
  item.append(make("strong", "", nameOf(cell)), make("span", "", cell.message));
  const button = (text, act) => {
    const action = make("button", "gb__button", text);
    action.type = "button";
    action.addEventListener("click", () => {
      act();
      focus(cell);
    });
    item.append(action);
  };
  if (cell.state === "refused") {
    button(words.goTo, () => {});
    button(words.undo, () => undo(cell));
  } else if (cell.typed === undefined) {
    button(words.keepFeedback, () => undo(cell));
    button(words.mineFeedback, () => overwrite(cell));
  } else {
    button(fill(words.keep, { text: cell.theirs?.text || words.nothing }), () => undo(cell));
    button(fill(words.mine, { text: cell.typed || words.nothing }), () => overwrite(cell));
  }
  return item;
}
