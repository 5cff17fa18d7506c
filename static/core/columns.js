// Columns and views of a list: both are pages, which this script shows in a dialog, and moves a
// column there where the page would come again (core/admin/columns_form.html).
"use strict";

// htmx puts the page into the dialog; no list needs its 50 kB before somebody asks for one.
let loading;

function load(address) {
  if (window.htmx) return Promise.resolve();
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: address, onload: resolve, onerror: reject });
    document.head.append(script);
  });
  return loading;
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    await load(link.dataset.dialog);
    window.htmx.ajax("GET", link.href, { source: link, target: "#modal-content", select: "#dialog" });
  } catch {
    location.assign(link.href);
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-columns] button:is([name=_up], [name=_down])");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("li");
  if (button.name === "_up") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  button.focus();
});
