// Select2 makes a search field of its own for several choices and gives it no name.

document.addEventListener("DOMContentLoaded", () => {
  const name = field => {
    const choice = field.closest(".select2")?.previousElementSibling;
    const label = choice?.id && document.querySelector(`label[for="${CSS.escape(choice.id)}"]`);
    if (label) field.setAttribute("aria-label", label.textContent.trim());
  };
  const all = () => document.querySelectorAll(".desk .select2-search__field").forEach(name);
  all();
  new MutationObserver(all).observe(document.querySelector(".desk"), { childList: true, subtree: true });
});
