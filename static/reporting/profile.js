// Comments of a class: Ctrl+Enter saves, as in a mail program; leaving with unsaved ones asks.
// Without this script the comments are a form with its button.
(() => {
  const form = document.querySelector("[data-prof-comments]");
  if (!form) return;
  let changed = false;
  form.addEventListener("input", () => {
    changed = true;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    changed = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
})();
