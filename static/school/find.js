// The search in the header: a dialog with a box and a list (combobox and listbox). `/` and Ctrl+K open it where
// nobody is typing; arrows move, Enter opens, Escape closes and gives the focus back. Without this script there is
// no search in the header; each list has its own.
"use strict";

(() => {
  const dialog = document.getElementById("find");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const state = dialog.querySelector("[role=status]");
  const kinds = document.getElementById("find-kinds").content;
  const PAUSE = 120; // milliseconds without typing before the server is asked
  let timer, asked, active;

  const options = () => [...list.children];

  const choose = (option) => {
    active?.setAttribute("aria-selected", "false");
    active = option;
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  };

  const part = (name, text) => {
    const element = document.createElement("span");
    element.className = name;
    element.textContent = text;
    return element;
  };

  const drawn = (result, number) => {
    const kind = kinds.querySelector(`[data-kind=${result.kind}]`);
    const option = document.createElement("li");
    option.id = `find-${number}`;
    option.className = "find__result";
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.url = result.url;
    const icon = part("material-symbols-outlined", kind.dataset.icon);
    icon.setAttribute("aria-hidden", "true");
    const words = part("find__words", "");
    words.append(part("find__title", result.title), part("find__detail", result.detail));
    option.append(icon, words, part("find__kind", kind.textContent));
    return option;
  };

  const show = (results) => {
    list.replaceChildren(...results.map(drawn));
    input.setAttribute("aria-expanded", String(results.length > 0));
    state.textContent = results.length ? state.dataset.count.replace("{n}", results.length) : state.dataset.none;
    state.classList.toggle("find__state--quiet", results.length > 0);
    choose(input.value.trim() ? options()[0] : null);
  };

  const fail = () => {
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    choose(null);
    state.textContent = state.dataset.failed;
    state.classList.remove("find__state--quiet");
  };

  // An answer that comes after the next question is not shown.
  const ask = async () => {
    asked?.abort();
    const question = new AbortController();
    asked = question;
    if (!list.children.length) state.textContent = state.dataset.busy;
    try {
      const address = `${dialog.dataset.find}?${new URLSearchParams({ q: input.value })}`;
      const answer = await fetch(address, {
        headers: { Accept: "application/json" },
        signal: question.signal,
      });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const { results } = await answer.json();
      if (asked === question) show(results);
    } catch (error) {
      if (error.name !== "AbortError" && asked === question) fail();
    }
  };

  const open = () => {
    if (dialog.open) return;
    input.value = "";
    list.replaceChildren();
    choose(null);
    dialog.showModal();
    input.focus();
    ask();
  };

  const go = (option, apart) => {
    if (!option) return;
    if (apart) window.open(option.dataset.url, "_blank", "noopener");
    else window.location.assign(option.dataset.url);
  };

  const isTyping = (element) =>
    element.isContentEditable || element.closest("input, textarea, select, [role=textbox], [role=combobox]");

  document.addEventListener("keydown", (event) => {
    const isK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isK && !isSlash) return;
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });
  for (const button of document.querySelectorAll("[data-find-open]")) button.addEventListener("click", open);

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  const STEPS = { ArrowDown: 1, ArrowUp: -1 };
  input.addEventListener("keydown", (event) => {
    const all = options();
    if (event.key in STEPS && all.length) {
      event.preventDefault();
      const place = all.indexOf(active);
      const next = place < 0 && event.key === "ArrowUp" ? -1 : place + STEPS[event.key];
      choose(all[(next + all.length) % all.length]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      go(active, event.ctrlKey || event.metaKey);
    }
  });
  list.addEventListener("click", (event) => go(event.target.closest("li"), event.ctrlKey || event.metaKey));
  // A click beside the box.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    asked?.abort();
  });
})();
