// Conveniences of the roll-over page; without this script everything on it can be chosen by hand.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-term-form]");
  if (!form) return;

  const showOther = (select) => {
    const other = select.parentElement.querySelector("[data-term-other]");
    other.hidden = select.value !== "other";
  };
  for (const select of form.querySelectorAll("[data-term-to]")) {
    showOther(select);
    select.addEventListener("change", () => showOther(select));
  }

  const count = () => {
    const boxes = [...form.querySelectorAll('input[name="class"]')];
    const numbers = {
      chosen: boxes.filter((box) => box.checked).length,
      all: boxes.length,
      along: [...form.querySelectorAll("[data-term-to]")].filter((select) => select.value).length,
    };
    form.querySelector("[data-term-count]").textContent = form.dataset.termChosen.replace(
      /%\((\w+)\)s/g,
      (_found, name) => numbers[name],
    );
  };
  count();
  form.addEventListener("change", count);
  form.querySelector("[aria-invalid]")?.focus();

  form.querySelector("[data-term-all]").hidden = false;
  for (const button of form.querySelectorAll("[data-term-check]")) {
    button.addEventListener("click", () => {
      for (const box of form.querySelectorAll('input[name="class"]')) {
        box.checked = Boolean(button.dataset.termCheck);
      }
      count();
    });
  }
  form.querySelector("[data-term-promote]").addEventListener("click", () => {
    for (const select of form.querySelectorAll("[data-term-to]")) {
      select.value = "copy";
      showOther(select);
    }
    count();
  });

  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
});
