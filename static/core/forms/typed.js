// What is typed into a form is kept in this browser until it is saved, for the person who typed it
// and for the page it was typed on; a page that still has some offers to put it back. Passwords,
// tokens and files are never kept, signing out forgets all. Without this script nothing is kept.

import { defaultsOf, fieldsOf, isSame, rowsOf, valuesOf } from "./fields.js";
import { isPost, person, signOut } from "./form.js";
import { putBack } from "./putting_back.js";
import { forget, read, write } from "./store.js";

const LONGEST = 12 * 60 * 60 * 1000; // milliseconds, a session's
const PAUSE = 300; // milliseconds without typing
const PREFIX = `typed:${person}:`;
const offered = new WeakMap(); // form -> what was kept of it when the page was opened
const timers = new Map();
let isOver = false; // signed out

const addressOf = (form) => {
  const url = new URL(form.getAttribute("action") || window.location.href, window.location.href);
  return { path: url.pathname, full: url.pathname + url.search };
};
// The admin's address to sign out is one of its own.
const signsOut = (form) => isPost(form) && addressOf(form).path.endsWith(signOut);
// `data-forgets`: a form of several steps at one address, each of which sends all again.
const isKept = (form) => isPost(form) && !signsOut(form) && !("forgets" in form.dataset);

function keyOf(form) {
  const { full } = addressOf(form);
  const alike = [...document.forms].filter((other) => isPost(other) && addressOf(other).full === full);
  return `${PREFIX}${full}#${alike.indexOf(form)}`;
}

// --- keeping ---
function keep(form) {
  window.clearTimeout(timers.get(form));
  timers.delete(form);
  if (isOver) return;
  const before = offered.get(form);
  const values = { ...before?.values },
    shown = { ...before?.shown };
  for (const [name, fields] of fieldsOf(form)) {
    const now = valuesOf(fields);
    if (isSame(now, defaultsOf(fields))) continue;
    values[name] = now;
    const options = fields.filter((field) => field.matches("select")).flatMap((field) => [...field.selectedOptions]);
    if (options.length) shown[name] = Object.fromEntries(options.map((option) => [option.value, option.text]));
  }
  const key = keyOf(form);
  if (Object.keys(values).length)
    write(key, { path: addressOf(form).path, at: Date.now(), values, shown, rows: rowsOf(form) });
  else forget((kept) => kept === key);
}

function keepSoon(event) {
  const { form } = event.target;
  if (!form || !isKept(form)) return;
  window.clearTimeout(timers.get(form));
  timers.set(
    form,
    window.setTimeout(() => keep(form), PAUSE),
  );
}

document.addEventListener("input", keepSoon);
document.addEventListener("change", keepSoon);
// Select2 and other boxes of jQuery's change without the browser's event.
window.django?.jQuery?.(document).on("change", "select", keepSoon);
window.addEventListener("pagehide", () => timers.forEach((_, form) => keep(form)));
// Before the listeners that may stop it.
window.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (isKept(form)) keep(form);
    else if (signsOut(form)) {
      isOver = true;
      forget((key) => key.startsWith(PREFIX));
    }
  },
  true,
);

// --- offering ---
function offer(form, entry) {
  form.prepend(document.querySelector("[data-typed-template]").content.cloneNode(true));
  const bar = form.querySelector("[data-typed]");
  const find = (name) => bar.querySelector(`[data-typed-${name}]`);
  const at = new Date(entry.at);
  const text = find("text");
  text.textContent = text.dataset.typedText.replace(
    "{time}",
    at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }),
  );
  find("back").addEventListener("click", () => {
    const left = putBack(form, entry);
    offered.delete(form);
    keep(form);
    if (!left.length) bar.remove();
    else {
      text.textContent = text.dataset.typedLeft;
      find("lines").replaceChildren(
        ...left.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
      );
      find("back").remove();
    }
    [...(fieldsOf(form).get(Object.keys(entry.values)[0]) ?? [])][0]?.focus();
  });
  find("away").addEventListener("click", () => {
    offered.delete(form);
    bar.remove();
    keep(form);
  });
}

function start() {
  // Its address is what the server says it has saved (core/typed.py).
  const saved = document.cookie.match(/(?:^|;\s*)saved=([^;]+)/)?.[1];
  forget(
    (key, entry) =>
      !entry ||
      Date.now() - entry.at > LONGEST ||
      (key.startsWith(PREFIX) && saved && entry.path === decodeURIComponent(saved)),
  );
  document.cookie = "saved=; path=/; max-age=0";
  for (const form of document.forms) {
    const entry = isKept(form) && read(keyOf(form));
    if (!entry) continue;
    offered.set(form, entry);
    const fields = fieldsOf(form);
    const isThere = ([name, values]) => fields.has(name) && isSame(valuesOf(fields.get(name)), values);
    if (!Object.entries(entry.values).every(isThere)) offer(form, entry);
  }
}

// After the page's own scripts have made its rows and boxes.
if (document.readyState === "complete") start();
else window.addEventListener("load", start);
