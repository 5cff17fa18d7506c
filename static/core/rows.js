// Adds an empty row to a table of inputs (line items, grades of a scale); without JavaScript there
// are three.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-add-row]")) {
    const body = button.parentElement.querySelector("[data-rows] tbody");
    button.hidden = false;
    button.addEventListener("click", () => {
      const row = [...body.querySelectorAll("[data-row]")].at(-1).cloneNode(true);
      for (const input of row.querySelectorAll("input")) {
        input.value = "";
      }
      body.append(row);
      row.querySelector("input").focus();
    });
    // What was typed is put back (forms/typed.js) into as many rows as it had.
    button.form?.addEventListener("typed:rows", ({ detail }) => {
      const count = () => body.querySelectorAll(`[name="${CSS.escape(detail.name)}"]`).length;
      while (count() && count() < detail.count) button.click();
    });
  }
});
