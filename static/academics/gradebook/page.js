// What the page of the gradebook brings: its data, its words, and the cells of its grid.

export const find = (name) => document.querySelector(`[data-gb-${name}]`);
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
export const make = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });

export const data = JSON.parse(document.getElementById("gb-data").textContent);
export const words = data.texts;

export const table = find("grid");
export const rows = [...table.tBodies[0].rows];
export const heads = [...table.tHead.rows[0].cells].slice(2);

// A cell: what the server says of it (text, letter, hint, feedback, version), what was typed and is not
// saved yet (typed; said: its feedback), how the saving goes (state, message), and what somebody else
// has saved meanwhile (theirs).
export const cells = rows.map((row, r) =>
  [...row.querySelectorAll("[data-gb-cell]")].map((td, c) => ({
    td,
    r,
    c,
    student: data.students[r],
    assignment: data.assignments[c],
    text: "",
    letter: "",
    hint: "",
    feedback: "",
    version: "",
    ...data.cells[r][c],
  })),
);

export const cellOf = (td) => cells.flat().find((cell) => cell.td === td);
export const textOf = (cell) => cell.typed ?? cell.text;
export const nameOf = (cell) => fill(words.place, { student: cell.student.name, assignment: cell.assignment.title });
