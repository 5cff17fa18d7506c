// Choosing columns (core/admin/columns_form.html): the buttons move a column in the page, where
// without this script the page comes again. Works in a form that arrives later, in a dialog.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-columns] button:is([name=_up], [name=_down])");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("li");
  if (button.name === "_up") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  button.focus();
});
