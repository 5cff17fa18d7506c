// What is typed into a form is kept in this browser until it is saved, for the person who typed it
// and for the page it was typed on; a page that still has some offers to put it back. Passwords,
// tokens and files are never kept, signing out forgets all. Without this script nothing is kept.
(() => {
  "use strict";

  const LONGEST = 12 * 60 * 60 * 1000; // milliseconds, a session's
  const PAUSE = 300; // milliseconds without typing
  const SECRET = /password|token|csrf/i; // as core/unavailable.py
  const NEVER = ["hidden", "password", "file", "submit", "button", "image", "reset"];
  const CHOOSING = ["action", "select_across", "_selected_action"]; // of the admin's lists
  const { person, signOut } = document.currentScript.dataset;
  const PREFIX = `typed:${person}:`;
  const offered = new WeakMap(); // form -> what was kept of it when the page was opened
  const timers = new Map();
  let isOver = false; // signed out

  // --- the browser's store, which may be full or forbidden --------------------------------------
  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function write(key, entry) {
    try {
      localStorage.setItem(key, JSON.stringify(entry));
    } catch {
      // Nothing is kept then; the form works as ever.
    }
  }

  function forget(isWanted) {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith("typed:") && isWanted(key, read(key))) localStorage.removeItem(key);
      }
    } catch {
      // There is no store.
    }
  }

  // --- a form's fields -----------------------------------------------------------------------------
  const isPost = (form) => form.getAttribute("method")?.toLowerCase() === "post";
  const addressOf = (form) => {
    const url = new URL(form.getAttribute("action") || window.location.href, window.location.href);
    return { path: url.pathname, full: url.pathname + url.search };
  };
  // The admin's address to sign out is one of its own.
  const isKept = (form) => isPost(form) && !addressOf(form).path.endsWith(signOut);

  function keyOf(form) {
    const { full } = addressOf(form);
    const alike = [...document.forms].filter((one) => isPost(one) && addressOf(one).full === full);
    return `${PREFIX}${full}#${alike.indexOf(form)}`;
  }

  // The fields of each name.
  function fieldsOf(form) {
    const fields = new Map();
    for (const field of form.elements) {
      const { name, type } = field;
      if (!name || NEVER.includes(type) || SECRET.test(name) || CHOOSING.includes(name)) continue;
      if (field.matches("fieldset, output, object") || name.includes("__prefix__")) continue;
      fields.set(name, [...(fields.get(name) ?? []), field]);
    }
    return fields;
  }

  const isBox = (field) => field.type === "checkbox" || field.type === "radio";

  function valuesOf(fields) {
    if (isBox(fields[0])) return fields.filter((one) => one.checked).map((one) => one.value);
    return fields.flatMap((one) =>
      one.matches("select") ? [...one.selectedOptions].map((option) => option.value) : [one.value],
    );
  }

  // What the page came with.
  function defaultsOf(fields) {
    if (isBox(fields[0])) return fields.filter((one) => one.defaultChecked).map((one) => one.value);
    return fields.flatMap((one) => {
      if (!one.matches("select")) return [one.defaultValue];
      const chosen = [...one.options].filter((option) => option.defaultSelected);
      if (!chosen.length && !one.multiple && one.options.length) chosen.push(one.options[0]);
      return chosen.map((option) => option.value);
    });
  }

  const isSame = (a, b) => a.length === b.length && a.every((value, n) => value === b[n]);

  // Which rows a table of fields has: {prefix: its saved rows' ids}. A row's fields belong to that row.
  function rowsOf(form) {
    const rows = {};
    for (const field of form.elements) {
      const prefix = field.name?.match(/^(.+)-INITIAL_FORMS$/)?.[1];
      if (prefix === undefined) continue;
      const id = (n) => form.querySelector(`[name="${CSS.escape(`${prefix}-${n}-id`)}"]`)?.value ?? "";
      rows[prefix] = Array.from({ length: Number(field.value) }, (_, n) => id(n)).join(" ");
    }
    return rows;
  }

  // --- keeping -----------------------------------------------------------------------------------
  function keep(form) {
    window.clearTimeout(timers.get(form));
    timers.delete(form);
    if (isOver) return;
    const before = offered.get(form);
    const values = { ...before?.values },
      shown = { ...before?.shown };
    for (const [name, fields] of fieldsOf(form)) {
      const now = valuesOf(fields);
      if (isSame(now, defaultsOf(fields))) continue;
      values[name] = now;
      const options = fields.filter((one) => one.matches("select")).flatMap((one) => [...one.selectedOptions]);
      if (options.length) shown[name] = Object.fromEntries(options.map((option) => [option.value, option.text]));
    }
    const key = keyOf(form);
    if (Object.keys(values).length)
      write(key, { path: addressOf(form).path, at: Date.now(), values, shown, rows: rowsOf(form) });
    else forget((one) => one === key);
  }

  function keepSoon(event) {
    const { form } = event.target;
    if (!form || !isKept(form)) return;
    window.clearTimeout(timers.get(form));
    timers.set(
      form,
      window.setTimeout(() => keep(form), PAUSE),
    );
  }

  document.addEventListener("input", keepSoon);
  document.addEventListener("change", keepSoon);
  // Select2 and other boxes of jQuery's change without the browser's event.
  window.django?.jQuery?.(document).on("change", "select", keepSoon);
  window.addEventListener("pagehide", () => timers.forEach((_, form) => keep(form)));
  // Before the listeners that may stop it.
  window.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (isKept(form)) keep(form);
      else if (isPost(form)) {
        isOver = true;
        forget((key) => key.startsWith(PREFIX));
      }
    },
    true,
  );

  // --- putting back ------------------------------------------------------------------------------
  function addRows(form, name, count) {
    const [, prefix, n] = name.match(/^(.+)-(\d+)-[^-]+$/) ?? [];
    const sets = [...form.querySelectorAll("[data-inline-formset]")];
    const rows = sets.find((one) => JSON.parse(one.dataset.inlineFormset).options.prefix === prefix);
    const total = prefix && form.elements.namedItem(`${prefix}-TOTAL_FORMS`);
    const more = rows ? Number(n) + 1 - Number(total?.value) : 0;
    for (let added = 0; added < more; added += 1) rows.querySelector(".add-row")?.click();
    if (!rows) form.dispatchEvent(new CustomEvent("typed:rows", { bubbles: true, detail: { name, count } }));
  }

  function set(field, values, names) {
    if (isBox(field)) field.checked = values.includes(field.value);
    else if (field.matches("select")) {
      for (const value of values) {
        if (names?.[value] && ![...field.options].some((option) => option.value === value))
          field.add(new Option(names[value], value));
      }
      for (const option of field.options) option.selected = values.includes(option.value);
    } else [field.value] = values;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Put the values in; returns the texts for which there is no field any more.
  function putBack(form, { values, shown, rows }) {
    const now = rowsOf(form),
      left = [];
    for (const [name, kept] of Object.entries(values)) {
      const prefix = Object.keys(now).find((one) => name.startsWith(`${one}-`));
      const isOtherRow = prefix !== undefined && rows[prefix] !== now[prefix];
      if (!isOtherRow && (fieldsOf(form).get(name)?.length ?? 0) < kept.length) addRows(form, name, kept.length);
      const fields = isOtherRow ? [] : (fieldsOf(form).get(name) ?? []);
      const isShared = fields.length > 0 && (isBox(fields[0]) || fields[0].multiple);
      if (isShared) fields.forEach((field) => set(field, kept));
      else
        kept.forEach((value, n) => {
          if (fields[n]) set(fields[n], [value], shown?.[name]);
          else if (value) left.push(shown?.[name]?.[value] ?? value);
        });
    }
    return left;
  }

  function offer(form, entry) {
    form.prepend(document.querySelector("[data-typed-template]").content.cloneNode(true));
    const bar = form.querySelector("[data-typed]");
    const find = (name) => bar.querySelector(`[data-typed-${name}]`);
    const at = new Date(entry.at);
    const text = find("text");
    text.textContent = text.dataset.typedText.replace(
      "{time}",
      at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }),
    );
    find("back").addEventListener("click", () => {
      const left = putBack(form, entry);
      offered.delete(form);
      keep(form);
      if (!left.length) bar.remove();
      else {
        text.textContent = text.dataset.typedLeft;
        find("lines").replaceChildren(
          ...left.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
        );
        find("back").remove();
      }
      [...(fieldsOf(form).get(Object.keys(entry.values)[0]) ?? [])][0]?.focus();
    });
    find("away").addEventListener("click", () => {
      offered.delete(form);
      bar.remove();
      keep(form);
    });
  }

  function start() {
    // Its address is what the server says it has saved (core/typed.py).
    const saved = document.cookie.match(/(?:^|;\s*)saved=([^;]+)/)?.[1];
    forget(
      (key, entry) =>
        !entry ||
        Date.now() - entry.at > LONGEST ||
        (key.startsWith(PREFIX) && saved && entry.path === decodeURIComponent(saved)),
    );
    document.cookie = "saved=; path=/; max-age=0";
    for (const form of document.forms) {
      const entry = isKept(form) && read(keyOf(form));
      if (!entry) continue;
      offered.set(form, entry);
      const fields = fieldsOf(form);
      const isThere = ([name, values]) => fields.has(name) && isSame(valuesOf(fields.get(name)), values);
      if (!Object.entries(entry.values).every(isThere)) offer(form, entry);
    }
  }

  // After the page's own scripts have made its rows and boxes.
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
})();
