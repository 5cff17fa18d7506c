// The attendance register by keyboard: letters mark, arrows move; what is not saved is shown and not
// lost unasked. Without this script the page is plain radio buttons and a form.
(() => {
  "use strict";

  const form = document.querySelector("[data-register]");
  if (!form) return;

  const KEYS = { p: "present", a: "absent", l: "late", e: "excused" };
  const rows = [...form.querySelectorAll("[data-row]")];
  const help = document.querySelector("[data-help-dialog]");
  const ask = document.querySelector("[data-ask-dialog]");
  const save = form.querySelector("[data-save]");
  const unsaved = form.querySelector("[data-unsaved]");
  let leaving = false;

  const marks = (row) => [...row.querySelectorAll("[data-mark]")];
  const note = (row) => row.querySelector("[data-note-field]");
  const minutes = (row) => row.querySelector("[data-minutes-field]");
  const code = (row) => row.querySelector("[data-code-field]"); // null where the school has none
  const chosen = (row) => marks(row).find((mark) => mark.checked)?.value ?? "";
  const label = (value) => form.querySelector(`[data-mark][value="${value}"] + span`).textContent.trim();
  const isOffered = (row) => row.dataset.state === "offered";

  function set(row, value) {
    const mark = marks(row).find((input) => input.value === value);
    if (!mark) return;
    mark.checked = true;
    fit(row);
    touch(row);
  }

  // A code stays as long as it is one for the chosen mark.
  function fit(row) {
    const chosenCode = code(row)?.selectedOptions[0];
    if (chosenCode?.value && chosenCode.dataset.status !== chosen(row)) code(row).value = "";
  }

  // Somebody has decided on the row, be it for what was offered.
  function touch(row) {
    row.dataset.touched = "";
    const mine = row.querySelector('[data-choice][value="mine"]');
    if (mine) mine.checked = true;
    show();
  }

  function stateOf(row) {
    const { saved } = row.dataset;
    const text = note(row).value;
    if (isOffered(row) && !("touched" in row.dataset) && !text) return "offered";
    const late = chosen(row) === "late" ? minutes(row).value : "";
    const isSame = text === row.dataset.note && late === row.dataset.minutes;
    const isSameCode = !code(row) || code(row).value === row.dataset.code;
    if (chosen(row) !== saved || !isSame || !isSameCode) return "edited";
    return saved ? "saved" : "blank";
  }

  function show() {
    let waiting = 0;
    const counts = {};
    for (const row of rows) {
      row.dataset.state = stateOf(row);
      if (["edited", "offered"].includes(row.dataset.state)) waiting += 1;
      counts[chosen(row)] = (counts[chosen(row)] ?? 0) + 1;
    }
    for (const place of form.querySelectorAll("[data-count]")) place.textContent = counts[place.dataset.count] ?? 0;
    const { none, one, more } = unsaved.dataset;
    unsaved.textContent = waiting === 0 ? none : waiting === 1 ? one : more.replace("%n", waiting);
  }

  // --- moving ---
  function go(row) {
    if (!row) return;
    (marks(row).find((mark) => mark.checked) ?? marks(row)[0]).focus();
  }

  function move(row, step) {
    const next = rows[rows.indexOf(row) + step];
    if (next) go(next);
    else if (step > 0) save.focus();
  }

  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest("[data-row]");
    if (!row) {
      if (event.target === save && event.key === "ArrowUp") {
        event.preventDefault();
        go(rows.at(-1));
      }
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.target === code(row)) return;
    if (event.target === note(row) || event.target === minutes(row)) {
      if (event.isComposing) return;
      if (step || event.key === "Enter") {
        event.preventDefault();
        move(row, step ?? 1);
      } else if (event.key === "Escape") go(row);
      return;
    }
    if (!event.target.matches("[data-mark]")) return;
    const key = event.key.toLowerCase();
    if (step || event.key === "Enter") move(row, step ?? 1);
    else if (KEYS[key]) {
      set(row, KEYS[key]);
      move(row, 1);
    } else if (key === "n") note(row).focus();
    else if (key === "m") {
      set(row, "late");
      minutes(row).focus();
    } else if (key === "c" && code(row)) code(row).focus();
    else return;
    event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
      event.preventDefault();
      if (!document.querySelector("dialog[open]")) form.requestSubmit(save);
    } else if (event.key === "?" && !event.target.closest("input:not([type=radio]), textarea, select, dialog")) {
      event.preventDefault();
      open(help);
    }
  });

  // --- choosing ---
  form.addEventListener("click", (event) => {
    if (!event.target.matches("[data-mark]")) return;
    fit(event.target.closest("[data-row]"));
    touch(event.target.closest("[data-row]"));
  });
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-note-field], [data-minutes-field]")) touch(event.target.closest("[data-row]"));
  });
  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (event.target.matches("[data-code-field]")) {
      const { status } = event.target.selectedOptions[0].dataset;
      if (status) set(row, status);
      else touch(row);
      return;
    }
    if (!event.target.matches("[data-choice]")) return;
    const { status, text } = event.target.dataset;
    marks(row).forEach((mark) => {
      mark.checked = mark.value === status;
    });
    note(row).value = text;
    minutes(row).value = event.target.dataset.minutes;
    if (code(row)) code(row).value = event.target.dataset.code;
    show();
  });

  // --- many at once ---
  function announce(text) {
    form.querySelector("[data-told]").textContent = text;
  }

  document.querySelector("[data-fill]").addEventListener("click", () => {
    rows.filter((row) => !chosen(row)).forEach((row) => set(row, "present"));
    show();
    announce(unsaved.textContent);
    go(rows[0]);
  });

  document.querySelector("[data-set-all]").addEventListener("click", () => {
    const value = document.querySelector("[data-all]").value;
    const replaced = {};
    for (const row of rows) {
      const before = chosen(row);
      if (before && before !== value && !isOffered(row)) replaced[before] = (replaced[before] ?? 0) + 1;
    }
    const count = Object.values(replaced).reduce((sum, number) => sum + number, 0);
    const list = Object.entries(replaced)
      .map(([mark, number]) => `${number} ${label(mark)}`)
      .join(", ");
    const question = ask.querySelector("[data-ask]");
    question.textContent = question.dataset.text.replace("%n", rows.length).replace("%status", label(value));
    const answer = ask.querySelector("[data-replaced]");
    answer.textContent = count ? answer.dataset.some.replace("%n", count).replace("%marks", list) : answer.dataset.none;
    ask.returnValue = "";
    ask.addEventListener(
      "close",
      () => {
        if (ask.returnValue !== "yes") return;
        rows.forEach((row) => set(row, value));
        announce(unsaved.textContent);
        go(rows[0]);
      },
      { once: true },
    );
    open(ask);
  });

  function open(dialog) {
    if (!dialog.open) dialog.showModal();
  }
  document.querySelector("[data-help]").addEventListener("click", () => open(help));

  // --- leaving ---
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && rows.some((row) => row.dataset.state === "edited")) event.preventDefault();
  });

  document.querySelectorAll("[data-script]").forEach((part) => {
    part.hidden = false;
  });
  show();
  const first = rows.find((row) => "error" in row.dataset) ?? rows.find((row) => "clash" in row.dataset) ?? rows[0];
  const choice = first.querySelector("[data-choice]");
  if (choice) choice.focus();
  else
    (marks(first).find((mark) => mark.checked) ?? marks(first)[0]).focus({
      preventScroll: !("error" in first.dataset),
    });
})();
