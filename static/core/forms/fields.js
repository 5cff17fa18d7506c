// A form's fields, by name, and the values in them.

const SECRET = /password|token|csrf/i; // as core/unavailable.py
const NEVER = ["hidden", "password", "file", "submit", "button", "image", "reset"];
const CHOOSING = ["action", "select_across", "_selected_action"]; // of the admin's lists

// The fields of each name whose values may be kept.
export function fieldsOf(form) {
  const fields = new Map();
  for (const field of form.elements) {
    const { name, type } = field;
    if (!name || NEVER.includes(type) || SECRET.test(name) || CHOOSING.includes(name)) continue;
    if (field.matches("fieldset, output, object") || name.includes("__prefix__")) continue;
    fields.set(name, [...(fields.get(name) ?? []), field]);
  }
  return fields;
}

export const isBox = (field) => field.type === "checkbox" || field.type === "radio";

export function valuesOf(fields) {
  if (isBox(fields[0])) return fields.filter((element) => element.checked).map((element) => element.value);
  return fields.flatMap((element) =>
    element.matches("select") ? [...element.selectedOptions].map((option) => option.value) : [element.value],
  );
}

// What the page came with.
export function defaultsOf(fields) {
  if (isBox(fields[0])) return fields.filter((element) => element.defaultChecked).map((element) => element.value);
  return fields.flatMap((element) => {
    if (!element.matches("select")) return [element.defaultValue];
    const chosen = [...element.options].filter((option) => option.defaultSelected);
    if (!chosen.length && !element.multiple && element.options.length) chosen.push(element.options[0]);
    return chosen.map((option) => option.value);
  });
}

export const isSame = (a, b) => a.length === b.length && a.every((value, n) => value === b[n]);

// Which rows a table of fields has: {prefix: its saved rows' ids}. A row's fields belong to that row.
export function rowsOf(form) {
  const rows = {};
  for (const field of form.elements) {
    const prefix = field.name?.match(/^(.+)-INITIAL_FORMS$/)?.[1];
    if (prefix === undefined) continue;
    const id = (n) => form.querySelector(`[name="${CSS.escape(`${prefix}-${n}-id`)}"]`)?.value ?? "";
    rows[prefix] = Array.from({ length: Number(field.value) }, (_, n) => id(n)).join(" ");
  }
  return rows;
}
