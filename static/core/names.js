// Names for the fields that Django and Unfold leave without: those in tables, and Select2's boxes.
"use strict";

(() => {
  const textOf = (node) => node.textContent.replace(/\s+/g, " ").trim();

  // In a table: the column's heading and, where there is one, what the row is about.
  const nameInTable = (field) => {
    const row = field.closest("tr");
    const first = row.closest("#result_list") ? row.querySelector("th, td a") : row.cells[0];
    const title = first && !first.querySelector("input, select, textarea") ? first : null;
    const parts = [field.closest("td").dataset.label, title && textOf(title)];
    return parts
      .map((part) => (part || "").trim())
      .filter(Boolean)
      .join(", ");
  };

  const nameOf = (field) => {
    const label = field.labels[0];
    const text = label ? textOf(label).replace("*", "") : field.getAttribute("aria-label");
    return (text || "").trim();
  };

  // Select2 names its box after what is chosen: after nothing, while nothing is.
  const nameBox = (box, select) => {
    const shown = box.querySelector(".select2-selection__rendered");
    if (!shown.id) {
      shown.id = `${select.id}_shown`;
    }
    box.id = `${select.id}_box`;
    box.setAttribute("aria-label", nameOf(select));
    box.setAttribute("aria-labelledby", `${box.id} ${shown.id}`.trim());
    box.setAttribute("aria-controls", `select2-${select.id}-results`);
    if (select.hasAttribute("aria-describedby")) {
      box.setAttribute("aria-describedby", select.getAttribute("aria-describedby"));
    }
    shown.removeAttribute("role");
    shown.removeAttribute("aria-readonly");
  };

  const nameAll = () => {
    for (const field of document.querySelectorAll("td[data-label] :is(input, select, textarea)")) {
      if (field.type !== "hidden" && !field.labels.length && !field.hasAttribute("aria-label")) {
        field.setAttribute("aria-label", nameInTable(field));
      }
    }
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const box = select.parentElement.querySelector(".select2-selection");
      if (box && select.id) {
        nameBox(box, select);
        // Of several choices the search field is there from the beginning.
        const search = box.querySelector(".select2-search__field");
        if (search) {
          search.setAttribute("aria-label", nameOf(select));
        }
      }
    }
  };

  // In jQuery's queue where there is one: Select2 has its turn there, before this.
  const jQuery = window.django && window.django.jQuery;
  if (jQuery) {
    jQuery(nameAll);
  } else {
    document.addEventListener("DOMContentLoaded", nameAll);
  }
  document.addEventListener("formset:added", () => setTimeout(nameAll)); // once Select2 is there
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(".select2-search__field") && !target.hasAttribute("aria-label")) {
      const list = target.getAttribute("aria-controls") || "";
      const select = document.getElementById(list.replace(/^select2-|-results$/g, ""));
      target.setAttribute("aria-label", (select && nameOf(select)) || target.placeholder);
    }
    // The list hangs below the page's end, outside of all its landmarks.
    const hanging = target.closest("body > .select2-container");
    if (hanging) {
      hanging.setAttribute("role", "region");
      hanging.setAttribute("aria-label", target.getAttribute("aria-label"));
    }
  });
})();
