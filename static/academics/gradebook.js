// The gradebook's grid: moves, edits, copies and pastes like a spreadsheet. What a cell takes is
// decided by the server; saving is gradebook_saving.js.
(() => {
  const table = document.querySelector("[data-gb-grid]");
  if (!table) return;
  const data = JSON.parse(document.getElementById("gb-data").textContent);
  const words = data.texts;
  const find = (name) => document.querySelector(`[data-gb-${name}]`);
  const MARKS = { saving: "…", saved: "✓", failed: "↻", refused: "!", conflict: "⇄" };
  const NAMES = {
    saving: "cellSaving",
    saved: "cellSaved",
    failed: "cellFailed",
    refused: "cellRefused",
    conflict: "cellConflict",
  };

  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells].slice(2);
  const cells = rows.map((row, r) =>
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
  const byKey = new Map(cells.flat().map((cell) => [`${cell.student.id} ${cell.assignment.id}`, cell]));
  let at = cells[0][0];
  let editing = null; // {cell, input, typing}
  let pasted = null;
  let takenBack = 0;
  const done = []; // what Ctrl+Z takes back: steps of [{cell, text, feedback}] as they were before
  const dirty = new Set(); // refused or changed by somebody else: what was typed is not saved

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const place = (cell) => fill(words.place, { student: cell.student.name, assignment: cell.assignment.title });
  const make = (name, className, text = "") =>
    Object.assign(document.createElement(name), { className, textContent: text });
  // --- showing -----------------------------------------------------------------------------------
  function show(cell) {
    if (editing?.cell === cell) return;
    const unsaved = cell.typed !== undefined;
    const parts = [make("span", "gb__text", unsaved ? cell.typed : cell.text)];
    if (!unsaved && cell.letter) parts.push(make("small", "", cell.letter));
    if (!unsaved && cell.hint) parts.push(make("small", "gb__hint", cell.hint));
    if (cell.feedback) {
      parts.push(make("span", "gb__note"));
      parts.at(-1).append(make("span", "gb__hidden", words.hasFeedback));
    }
    if (cell.state) {
      const mark = make("span", "gb__mark", MARKS[cell.state]);
      mark.setAttribute("aria-hidden", "true");
      parts.push(mark, make("span", "gb__hidden", ` ${words[NAMES[cell.state]]}`));
    }
    if (cell.message && (cell.state === "refused" || cell.state === "conflict"))
      parts.push(make("span", "gb__why", cell.message));
    cell.td.replaceChildren(...parts);
    cell.td.className = cell.state ? `gb__is-${cell.state}` : "";
    if (cell.state === "refused") cell.td.setAttribute("aria-invalid", "true");
    else cell.td.removeAttribute("aria-invalid");
  }

  const status = find("status"),
    retry = find("retry"),
    problems = find("problems");
  function told(reason, { count, message }) {
    if (!status) return;
    status.textContent = message || fill(words[reason], { count });
    retry.hidden = reason === "saving";
  }

  function tellProblems() {
    for (const cell of cells.flat()) {
      const wrong = cell.state === "refused" || cell.state === "conflict";
      if (wrong) dirty.add(cell);
      else dirty.delete(cell);
    }
    problems.replaceChildren(...[...dirty].map(problem));
  }

  function problem(cell) {
    const item = make("li", "");
    item.append(make("strong", "", place(cell)), make("span", "", cell.message));
    const button = (text, act) => {
      const one = make("button", "gb__button", text);
      one.type = "button";
      one.addEventListener("click", () => {
        act();
        focus(cell);
      });
      item.append(one);
    };
    if (cell.state === "conflict") {
      const isGrade = cell.typed !== undefined;
      button(isGrade ? fill(words.keep, { text: cell.theirs?.text || words.nothing }) : words.keepFeedback, () =>
        undo(cell),
      );
      button(isGrade ? fill(words.mine, { text: cell.typed || words.nothing }) : words.mineFeedback, () => {
        cell.version = cell.theirs?.version ?? "";
        saving.add([cell]);
        tellProblems();
      });
    } else {
      button(words.goTo, () => {});
      button(words.undo, () => undo(cell));
    }
    return item;
  }

  // Back to what stands on the server, as far as we know.
  function undo(cell) {
    saving.drop(cell);
    if (cell.theirs)
      Object.assign(cell, {
        text: cell.theirs.text,
        letter: cell.theirs.letter,
        hint: cell.theirs.hint,
        version: cell.theirs.version,
        feedback: cell.theirs.feedback,
      });
    cell.typed = cell.said = cell.message = cell.state = undefined;
    show(cell);
    tellProblems();
  }

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
    tellProblems();
    retry.hidden = true;
    const states = answer.cells.map((one) => one.state);
    const count = (state) => states.filter((one) => one === state).length;
    if (pasted) {
      const summary = [
        fill(words.pasted, { saved: count("saved"), refused: count("refused"), changed: count("conflict") }),
      ];
      if (pasted.left) summary.push(fill(words.left, { count: pasted.left }));
      status.textContent = summary.join(" ");
      pasted = null;
    } else if (takenBack && count("saved")) status.textContent = fill(words.takenBack, { count: count("saved") });
    else if (count("saved")) status.textContent = fill(words.saved, { time: answer.time });
    else status.textContent = "";
    takenBack = 0;
  }

  const saving =
    data.mayWrite &&
    new window.GradebookSaving({
      url: data.url,
      token: window.csrfToken,
      changed: (some) => some.forEach(show),
      answered,
      told,
    });

  // What was refused, or clashes with somebody else's, is only here; so is what is being typed.
  window.addEventListener("beforeunload", (event) => {
    if (dirty.size || (editing && editing.input.value.trim() !== (editing.cell.typed ?? editing.cell.text)))
      event.preventDefault();
  });

  // --- moving ------------------------------------------------------------------------------------
  // The names and assignments are row and column -1: their links belong to the grid, too.
  const headOf = (r, c) => (r < 0 ? heads[c] : rows[r].cells[0]).querySelector("a");
  for (const link of table.querySelectorAll("th a")) link.tabIndex = -1;
  at.td.tabIndex = 0;

  function focus(cell) {
    at.td.tabIndex = -1;
    at = cell;
    at.td.tabIndex = 0;
    at.td.focus();
    at.td.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function go(r, c) {
    if (r >= rows.length || c >= heads.length || r < -1 || c < -1 || (r < 0 && c < 0)) return;
    if (r < 0 || c < 0) headOf(r, c).focus();
    else focus(cells[r][c]);
  }

  function where(target) {
    const row = target.closest("tr");
    return [
      rows.indexOf(row),
      target.closest("th") ? (rows.includes(row) ? -1 : heads.indexOf(target.closest("th"))) : at.c,
    ];
  }

  // Right (or left) to the next cell, at the end of a row into the next; false at the very end.
  function tab(step) {
    const next = at.r * heads.length + at.c + step;
    if (next < 0 || next >= rows.length * heads.length) return false;
    focus(cells[Math.floor(next / heads.length)][next % heads.length]);
    return true;
  }

  // --- editing -----------------------------------------------------------------------------------
  function edit(cell, start) {
    if (!data.mayWrite || editing) return;
    const input = make("input", "gb__edit");
    Object.assign(input, {
      value: start ?? cell.typed ?? cell.text,
      maxLength: 40,
      autocomplete: "off",
      spellcheck: false,
    });
    input.setAttribute("aria-label", place(cell));
    editing = { cell, input, typing: start !== undefined };
    cell.td.replaceChildren(input);
    cell.td.className = "gb__is-edited";
    input.addEventListener("blur", () => finish());
    input.focus();
    if (start === undefined) input.select();
  }

  // Take over what was typed; `keep` false: leave the cell as it was.
  function finish(keep = true) {
    if (!editing) return;
    const { cell, input } = editing;
    editing = null;
    if (keep) enter(cell, input.value);
    show(cell);
  }

  function enter(cell, text) {
    const value = text.trim();
    if (value === (cell.typed ?? cell.text)) return;
    if (value === cell.text && cell.state !== "failed" && cell.state !== "saving") return undo(cell);
    if (value === "" && cell.feedback) return askFirst(cell);
    remember([cell]);
    put(cell, value);
    saving.add([cell]);
    tellProblems();
  }

  function remember(some) {
    done.push(some.map((cell) => ({ cell, text: cell.typed ?? cell.text, feedback: cell.feedback })));
  }

  // Back to before the last cell or paste, through the same check: what somebody else has changed
  // since then is a conflict, not overwritten.
  function takeBack() {
    const step = done.pop();
    if (!step) {
      status.textContent = words.nothingToUndo;
      return;
    }
    const waiting = [];
    for (const { cell, text, feedback } of step) {
      if (text === cell.text && cell.typed !== undefined && cell.state !== "saving") {
        undo(cell);
        continue;
      }
      if (text === "" && cell.feedback) {
        askFirst(cell);
        continue;
      }
      put(cell, text);
      if (feedback && !cell.feedback) cell.said = feedback;
      waiting.push(cell);
    }
    takenBack = waiting.length;
    if (waiting.length) saving.add(waiting);
    tellProblems();
    if (!document.querySelector("dialog[open]")) focus(step[0].cell);
  }

  function put(cell, value) {
    Object.assign(cell, { typed: value, message: undefined });
  }

  function key(event) {
    const { key, shiftKey: shift, ctrlKey, metaKey, altKey } = event;
    if ((ctrlKey || metaKey) && !shift && !altKey && key.toLowerCase() === "z" && !editing && data.mayWrite) {
      event.preventDefault();
      takeBack();
      return;
    }
    if (event.isComposing || ((ctrlKey || metaKey) && !(key === "Home" || key === "End"))) return;
    const inHead = event.target.closest("th");
    if (editing ? editKey(key, shift) : inHead ? headKey(event.target, key) : gridKey(key, shift, ctrlKey, altKey))
      event.preventDefault();
  }

  function editKey(key, shift) {
    const { cell, typing } = editing;
    const steps = {
      Enter: [shift ? -1 : 1, 0],
      ...(typing && { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }),
    };
    if (key === "Escape") {
      finish(false);
      focus(cell);
      return true;
    }
    if (key === "F2") {
      editing.typing = !typing;
      return true;
    }
    if (key === "Tab") {
      finish();
      focus(cell);
      return tab(shift ? -1 : 1);
    }
    if (!steps[key]) return false;
    finish();
    // Where there is no further cell, stay.
    const [r, c] = [cell.r + steps[key][0], cell.c + steps[key][1]];
    if (document.querySelector("dialog[open]")) return true;
    focus(cells[r]?.[c] || cell);
    return true;
  }

  const STEPS = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-10, 0],
    PageDown: [10, 0],
  };
  function headKey(target, key) {
    if (!STEPS[key] && key !== "Escape") return false;
    if (key === "Escape") {
      focus(at);
      return true;
    }
    const [r, c] = where(target);
    go(Math.min(rows.length - 1, r + STEPS[key][0]), c + STEPS[key][1]);
    return true;
  }

  function gridKey(key, shift, ctrl, alt) {
    if (key === "F2" && shift) {
      note(at);
      return true;
    }
    if (key === "F2") {
      edit(at);
      return true;
    }
    if (key === "Enter") {
      go(Math.min(rows.length - 1, Math.max(0, at.r + (shift ? -1 : 1))), at.c);
      return true;
    }
    if (key === "Tab") return tab(shift ? -1 : 1);
    if (key === "Home") {
      focus(cells[ctrl ? 0 : at.r][0]);
      return true;
    }
    if (key === "End") {
      focus(cells[ctrl ? rows.length - 1 : at.r].at(-1));
      return true;
    }
    if (key.startsWith("Page")) {
      focus(cells[Math.min(rows.length - 1, Math.max(0, at.r + STEPS[key][0]))][at.c]);
      return true;
    }
    if (STEPS[key]) {
      go(at.r + STEPS[key][0], at.c + STEPS[key][1]);
      return true;
    }
    if (key === "Escape") {
      leave();
      return true;
    }
    if (!data.mayWrite) return false;
    if (key === "Delete" || key === "Backspace") {
      enter(at, "");
      return true;
    }
    if (key.length === 1 && !alt) {
      edit(at, key);
      return true;
    }
    return false;
  }

  // Tab belongs to the grid, so Escape is the way out: undo first, then leave.
  function leave() {
    if (at.typed !== undefined || at.said !== undefined) return undo(at);
    (data.mayWrite ? find("help") : document.querySelector("[data-gb] nav a")).focus();
  }

  table.addEventListener("keydown", key);
  // Whatever moved the focus here: a screen reader, a script.
  table.addEventListener("focusin", (event) => {
    if (event.target === at.td || !event.target.matches("[data-gb-cell]")) return;
    at.td.tabIndex = -1;
    at = cells.flat().find((one) => one.td === event.target);
    at.td.tabIndex = 0;
  });
  table.addEventListener("mousedown", (event) => {
    const td = event.target.closest("[data-gb-cell]");
    if (!td || td.contains(editing?.input)) return;
    const cell = cells.flat().find((one) => one.td === td);
    event.preventDefault();
    focus(cell);
  });
  table.addEventListener("dblclick", (event) => {
    if (event.target.closest("[data-gb-cell]") === at.td) edit(at);
  });

  // --- copying and pasting -----------------------------------------------------------------------
  const inGrid = () => !editing && document.activeElement === at.td;
  document.addEventListener("copy", (event) => {
    if (!inGrid() || !window.getSelection().isCollapsed) return;
    event.clipboardData.setData("text/plain", at.typed ?? at.text);
    event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    const block = text.split("\n").map((line) => line.split("\t").map((one) => one.replace(/^"([^]*)"$/, "$1").trim()));
    const isOne = block.length === 1 && block[0].length === 1;
    const inInput = editing && document.activeElement === editing.input;
    if (!data.mayWrite || (!inGrid() && !(inInput && !isOne))) return;
    event.preventDefault();
    if (inInput) {
      const { cell } = editing;
      finish(false);
      focus(cell);
    }
    if (isOne) {
      if (text.trim()) enter(at, text);
      return;
    }
    pasteBlock(block);
  });

  // What a block would enter; over grades that are there it asks first.
  function pasteBlock(block) {
    const entered = [];
    block.forEach((line, r) =>
      line.forEach((value, c) => {
        const cell = cells[at.r + r]?.[at.c + c];
        if (cell && value) entered.push({ cell, value: value.slice(0, 41) });
      }),
    );
    const left = block.flat().length - entered.length;
    const now = (cell) => cell.typed ?? cell.text;
    const replaced = entered.filter(({ cell, value }) => now(cell) && now(cell) !== value).length;
    if (!replaced) return paste(entered, left);
    find("over-text").textContent = fill(words.replaces, { count: replaced });
    overBox.returnValue = "";
    overBox.addEventListener(
      "close",
      () => {
        focus(at);
        if (overBox.returnValue === "yes") paste(entered, left);
      },
      { once: true },
    );
    overBox.showModal();
  }

  function paste(entered, left) {
    const changed = entered.map(({ cell }) => cell);
    if (changed.length) remember(changed);
    entered.forEach(({ cell, value }) => put(cell, value));
    pasted = { left };
    if (changed.length) saving.add(changed);
    else {
      status.textContent = fill(words.left, { count: left });
      pasted = null;
    }
    tellProblems();
  }

  // --- feedback, and asking first ----------------------------------------------------------------
  const noteBox = find("note"),
    sureBox = find("sure"),
    keysBox = find("keys"),
    overBox = find("over");
  const noteText = noteBox.querySelector("textarea");
  let asked = null;

  function note(cell) {
    asked = cell;
    const isGraded = cell.text !== "" || cell.typed;
    find("note-place").textContent = isGraded ? place(cell) : `${place(cell)}. ${words.gradeFirst}`;
    noteText.value = cell.said ?? cell.feedback;
    noteText.readOnly = !data.mayWrite || !isGraded;
    noteBox.querySelector("[value=save]").hidden = noteText.readOnly;
    noteBox.returnValue = "";
    noteBox.showModal();
    noteText.focus();
    showChanges(cell);
  }

  // The cell's last changes, as the page of all changes tells them.
  async function showChanges(cell) {
    const place = find("note-changes");
    place.replaceChildren();
    try {
      const response = await fetch(
        `${data.changes}?${new URLSearchParams({ student: cell.student.id, assignment: cell.assignment.id })}`,
      );
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const list = page.querySelector("[data-gb-changes]");
      if (asked === cell && list) place.replaceChildren(...list.children);
    } catch {
      // Without a network there is the feedback alone.
    }
  }
  noteText.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) noteBox.querySelector("[value=save]").click();
  });
  noteBox.addEventListener("close", () => {
    const said = noteText.value.trim();
    if (noteBox.returnValue === "save" && said !== asked.feedback) {
      asked.said = said;
      saving.add([asked]);
    }
    focus(asked);
  });

  function askFirst(cell) {
    asked = cell;
    find("sure-place").textContent = place(cell);
    find("sure-text").textContent = cell.feedback;
    sureBox.returnValue = "";
    sureBox.showModal();
  }
  sureBox.addEventListener("close", () => {
    if (sureBox.returnValue === "yes") {
      remember([asked]);
      put(asked, "");
      saving.add([asked]);
      tellProblems();
    }
    focus(asked);
  });

  // --- the bar -----------------------------------------------------------------------------------
  // On a phone, one assignment at a time.
  if (window.matchMedia("(max-width: 640px)").matches) find("columns").open = true;
  if (!data.mayWrite) return;
  for (const [name, act] of [
    ["feedback", () => note(at)],
    ["help", () => keysBox.showModal()],
  ]) {
    find(name).hidden = false;
    find(name).addEventListener("click", act);
  }
  retry.addEventListener("click", () => saving.retry());
})();
