// The page of a new person: choosing a role shows the fields of that role's record. Without it the
// fields are there once the person is saved.
"use strict";

(() => {
  const KEPT = ["name", "email", "phone", "avatar_url"];

  // Before anything else hears of it: nothing was typed that could be lost by leaving.
  const choose = (event) => {
    if (event.target.id !== "id_role" || !window.location.pathname.endsWith("/add/")) {
      return;
    }
    event.stopPropagation();
    if (event.type === "change") {
      const parameters = new URLSearchParams({ role: event.target.value });
      KEPT.forEach((name) => {
        const field = document.getElementById(`id_${name}`);
        if (field && field.value) {
          parameters.set(name, field.value);
        }
      });
      window.location.replace(`${window.location.pathname}?${parameters}`);
    }
  };
  document.addEventListener("input", choose, true);
  document.addEventListener("change", choose, true);
})();
