// Nothing typed is lost on the way: before a form with typed fields is sent, the server is asked
// whether it would get through. Without a network, or signed out meanwhile, the form stays as it is
// and says why; sent twice, it goes once. Without this script the form is sent as ever.

import { csrfToken, isPost, person, signedIn } from "./form.js";

const TIMEOUT = 8000; // milliseconds
const STUCK = 10000; // milliseconds after which a form that went nowhere may be sent again
const TYPED = "textarea, input:not([type=hidden], [type=submit], [type=button], [type=checkbox], [type=radio])";
const states = new WeakMap(); // form -> asking, ready or gone

const isKept = (form) =>
  isPost(form) && ("keep" in form.dataset || [...form.elements].some((field) => field.matches(TYPED)));

async function whyNot() {
  try {
    const response = await fetch(signedIn, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
    if (!response.ok) return "offline";
    const answer = await response.json();
    if (!answer.signed_in) return "signedOut";
    return answer.person === person ? "" : "otherPerson";
  } catch {
    return "offline";
  }
}

// The form's own place for it, or a new one at its top.
function placeOf(form) {
  const place = form.querySelector("[data-keep-told]");
  if (place) return place;
  form.prepend(document.querySelector("[data-keep-template]").content.cloneNode(true));
  return form.querySelector("[data-keep-told]");
}

// Say in the form why it was not sent ("": nothing); `lines`: what there is to say beside it.
export function explain(form, reason, lines = []) {
  if (!reason && !form.querySelector("[data-keep-told]")) return;
  const notice = placeOf(form);
  for (const part of notice.querySelectorAll("[data-keep-reason]")) part.hidden = part.dataset.keepReason !== reason;
  notice
    .querySelector("[data-keep-lines]")
    .replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  notice.hidden = !reason;
  if (reason) notice.scrollIntoView({ block: "nearest" });
}

async function send(form, submitter) {
  states.set(form, "asking");
  const reason = await whyNot();
  explain(form, reason);
  states.set(form, reason ? "" : "ready");
  if (reason) return;
  const token = form.elements.namedItem("csrfmiddlewaretoken");
  if (token) token.value = csrfToken();
  form.requestSubmit(submitter);
  // What is not complete is not sent.
  if (states.get(form) === "ready") states.delete(form);
}

// Before the form's own listeners, which believe that it is on its way.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!isKept(form)) return;
    if (states.get(form) === "ready") {
      states.set(form, "gone");
      // One of those listeners may still have said no.
      window.setTimeout(() => {
        if (event.defaultPrevented) states.delete(form);
      });
      window.setTimeout(() => states.delete(form), STUCK);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!states.get(form) && !form.dataset.sending) send(form, event.submitter);
  },
  true,
);

// A page that came back with what is wrong begins there.
document.querySelector("form[data-keep] [aria-invalid=true]")?.focus();

// Where the page has no finer way to know what is not saved yet.
const changed = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-keep-unsaved]");
  if (form) changed.add(form);
});
window.addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => states.get(form) !== "gone" && form.dataset.sending !== "done"))
    event.preventDefault();
});

// Back from the next page, by the browser's button.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) states.delete(form);
});
