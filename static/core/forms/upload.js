// A form with files shows how far it is, goes once, and is not sent at all when a file is too large.
// What the server has to say stands in the form, whose files are still chosen. Without this script
// the browser sends the form as ever.

import { isPost } from "./form.js";
import { explain } from "./keep.js";

const MEGABYTE = 2 ** 20;
const filesOf = (form) => [...form.elements].filter((element) => element.type === "file");
const isSent = (form) => isPost(form) && filesOf(form).some((element) => element.files.length);
const words = () => document.querySelector("[data-upload-words]").dataset;
const megabytes = (bytes) =>
  (bytes / MEGABYTE).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

// Returns a sentence for each file that is larger than its field takes.
function tooLarge(form) {
  return filesOf(form).flatMap((field) => {
    const max = Number(field.dataset.maxBytes) || Infinity;
    return [...field.files]
      .filter((file) => file.size > max)
      .map((file) =>
        words()
          .tooLarge.replace("{name}", file.name)
          .replace("{size}", megabytes(file.size))
          .replace("{max}", megabytes(max)),
      );
  });
}

document.addEventListener("change", ({ target }) => {
  if (target.type !== "file" || !target.form) return;
  const lines = tooLarge(target.form);
  explain(target.form, lines.length ? "refused" : "", lines);
});

// Before anything else is asked.
window.addEventListener(
  "submit",
  (event) => {
    const lines = tooLarge(event.target);
    if (!lines.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    explain(event.target, "refused", lines);
  },
  true,
);

// After everybody else, who may have stopped it.
window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !isSent(form)) return;
  event.preventDefault();
  send(form, event.submitter);
});

function show(form) {
  const bar = Object.assign(document.createElement("progress"), { max: 100, value: 0 });
  const text = Object.assign(document.createElement("span"), {
    textContent: words().sending.replace("{percent}", 0),
  });
  const place = Object.assign(document.createElement("p"), { className: "upload" });
  bar.setAttribute("aria-label", words().name);
  text.setAttribute("role", "status");
  place.append(bar, text);
  form.append(place);
  return {
    place,
    to: (percent) => {
      bar.value = percent;
      text.textContent = percent < 100 ? words().sending.replace("{percent}", percent) : words().sent;
    },
  };
}

function send(form, submitter) {
  const data = new FormData(form, submitter);
  const buttons = [...form.elements].filter((element) => element.matches("[type=submit]") && !element.disabled);
  const progress = show(form);
  const request = new XMLHttpRequest();
  form.dataset.sending = "yes";
  for (const button of buttons) button.disabled = true;

  function stop(lines) {
    delete form.dataset.sending;
    for (const button of buttons) button.disabled = false;
    progress.place.remove();
    explain(form, lines.length ? "refused" : "offline", lines);
  }

  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.to(Math.floor((100 * event.loaded) / event.total));
  });
  request.addEventListener("load", () => {
    const target = request.getResponseHeader("X-Location");
    if (!target) return stop(reasons(request.responseText));
    form.dataset.sending = "done";
    go(target);
  });
  for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => stop([]));
  request.open("POST", form.getAttribute("action") || window.location.href);
  request.setRequestHeader("X-Sent-By", "upload");
  request.send(data);
}

// The sentences of an answer's page, each once.
function reasons(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const messages = page.querySelectorAll(".errorlist li, [id$=_error] li, [id$=_error] p, p[role=alert]");
  return [...new Set([...messages].map((element) => element.textContent.trim()).filter(Boolean))];
}

function go(target) {
  const url = new URL(target, window.location.href);
  const isHere = url.pathname + url.search === window.location.pathname + window.location.search;
  window.location.assign(url);
  if (isHere && url.hash) window.location.reload();
}

// Back from the next page, by the browser's button.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sending]")) {
    delete form.dataset.sending;
    form.querySelector(".upload")?.remove();
    for (const button of form.elements) if (button.matches("[type=submit]")) button.disabled = false;
  }
});
