// Grading one after the other: Alt with an arrow for the previous and next, Ctrl+Enter to save and
// go on. Nothing typed is left behind unasked. Without this script there are the links and the button.
(() => {
  const form = document.querySelector("[data-work-form]");
  const link = (name) => document.querySelector(`[data-work-${name}]`);
  let changed = false;
  form?.addEventListener("input", () => {
    changed = true;
  });
  form?.addEventListener("submit", () => {
    changed = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
  form?.querySelector("[data-work-grade]")?.focus();

  document.addEventListener("keydown", (event) => {
    if (event.altKey && !event.ctrlKey && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      const target = link(event.key === "ArrowLeft" ? "previous" : "next-one");
      event.preventDefault(); // the browser would go back in its history
      target?.click();
    } else if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[name=_next]"));
    }
  });

  // Of the dates only what the choice needs.
  const dates = document.querySelector("[data-work-dates]");
  if (!dates) return;
  const show = () => {
    const choice = dates.querySelector("input[name=dates]:checked")?.value;
    for (const part of dates.querySelectorAll("[data-work-when]")) part.hidden = part.dataset.workWhen !== choice;
  };
  dates.addEventListener("change", show);
  show();
})();
