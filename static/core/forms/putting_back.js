// Putting kept values back into a form's fields.

import { fieldsOf, isBox, rowsOf } from "./fields.js";

function addRows(form, name, count) {
  const [, prefix, n] = name.match(/^(.+)-(\d+)-[^-]+$/) ?? [];
  const sets = [...form.querySelectorAll("[data-inline-formset]")];
  const rows = sets.find((other) => JSON.parse(other.dataset.inlineFormset).options.prefix === prefix);
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

// Returns the texts for which there is no field any more.
export function putBack(form, { values, shown, rows }) {
  const now = rowsOf(form);
  const left = [];
  for (const [name, kept] of Object.entries(values)) {
    const prefix = Object.keys(now).find((start) => name.startsWith(`${start}-`));
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
