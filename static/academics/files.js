// Choosing files: dropped ones join the chosen ones, each can be taken back, and removing what is
// already there is asked about once more when the form is sent. Without this script files are chosen in
// the browser's own field.
(() => {
  const start = () => document.querySelectorAll("[data-files]").forEach(set);
  // The admin names a form's scripts before the page's body.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();

  function set(field) {
    const input = field.querySelector("input[type=file]");
    const drop = field.querySelector("[data-files-drop]");
    const list = field.querySelector("[data-files-chosen]");
    let chosen = [];
    field.querySelector("[data-files-hint]").hidden = false;

    function keep(files) {
      chosen = files;
      const kept = new DataTransfer();
      for (const file of chosen) kept.items.add(file);
      input.files = kept.files;
      list.replaceChildren(...chosen.map(line));
    }

    function line(file) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = field.dataset.filesRemove;
      button.setAttribute("aria-label", `${button.textContent}: ${file.name}`);
      button.addEventListener("click", () => {
        keep(chosen.filter((other) => other !== file));
        input.focus();
      });
      item.append(file.name, button);
      return item;
    }

    const same = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
    const add = (files) => keep([...chosen, ...[...files].filter((file) => !chosen.some((kept) => same(kept, file)))]);
    // A second choice adds to the first; the browser alone would put it in its place.
    input.addEventListener("change", () => add(input.files));
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("files__drop--over");
      });
    }
    for (const name of ["dragleave", "drop"]) {
      drop.addEventListener(name, () => drop.classList.remove("files__drop--over"));
    }
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      add(event.dataTransfer.files);
    });

    input.form?.addEventListener("submit", (event) => {
      if (field.querySelector(".files__there :checked") && !window.confirm(field.dataset.filesConfirm))
        event.preventDefault();
    });
  }
})();
