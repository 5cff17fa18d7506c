// The timetable's pages: printing, and an address without empty fields.
(() => {
  const print = document.querySelector("[data-tt-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }

  const form = document.querySelector("[data-tt-form]");
  if (form) {
    form.addEventListener("submit", () => {
      for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    });
    // Back in the browser's history the fields would still be disabled.
    window.addEventListener("pageshow", () => {
      for (const field of form.elements) field.disabled = false;
    });
  }

  // Select2 names its fields by what is chosen in them, so that an empty one has no name.
  window.django?.jQuery?.(() => {
    for (const shown of document.querySelectorAll(".tt .select2-selection")) {
      const select = shown.closest(".select2-container").previousElementSibling;
      const label = document.querySelector(`label[for="${select.id}"]`);
      const text = shown.querySelector(".select2-selection__rendered");
      label.id ||= `${select.id}_label`;
      shown.setAttribute("aria-labelledby", `${label.id} ${text.id}`);
      text.setAttribute("aria-labelledby", label.id);
    }
  });

  // The address of a calendar, to the clipboard.
  const copy = document.querySelector("[data-tt-copy]");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const field = document.getElementById(copy.dataset.ttCopy);
      field.select();
      await navigator.clipboard.writeText(field.value);
      document.querySelector("[data-tt-copied]").textContent = copy.dataset.ttDone;
    });
  }
})();
