// Nothing typed is lost on the way: before a form marked data-keep is sent, the server is asked
// whether it would get through. Without a network, or signed out meanwhile, the form stays as it is
// and says why; sent twice, it goes once. Without this script the form is sent as ever.
(() => {
  "use strict";

  const TIMEOUT = 8000; // milliseconds
  const STUCK = 10000; // milliseconds after which a form that went nowhere may be sent again
  const states = new WeakMap(); // form -> asking, ready or gone

  // Signing in again in another tab changes the token of every page still open.
  window.csrfToken = () => decodeURIComponent(document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "")
    || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

  async function whyNot(url) {
    try {
      const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
      return answer.ok ? ((await answer.json()).signed_in ? "" : "signedOut") : "offline";
    } catch {
      return "offline";
    }
  }

  function tell(form, reason) {
    const told = form.querySelector("[data-keep-told]");
    for (const part of told.children) part.hidden = part.dataset.keepReason !== reason;
    told.hidden = !reason;
    if (reason) told.scrollIntoView({ block: "nearest" });
  }

  async function send(form, submitter) {
    states.set(form, "asking");
    const reason = await whyNot(form.dataset.keep);
    tell(form, reason);
    states.set(form, reason ? "" : "ready");
    if (reason) return;
    form.elements.csrfmiddlewaretoken.value = window.csrfToken();
    form.requestSubmit(submitter);
    // What is not complete is not sent.
    if (states.get(form) === "ready") states.delete(form);
  }

  // Before the form's own listeners, which believe that it is on its way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-keep]")) return;
    if (states.get(form) === "ready") {
      states.set(form, "gone");
      // One of those listeners may still have said no.
      window.setTimeout(() => { if (event.defaultPrevented) states.delete(form); });
      window.setTimeout(() => states.delete(form), STUCK);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!states.get(form)) send(form, event.submitter);
  }, true);

  // A page that came back with what is wrong begins there.
  document.querySelector("form[data-keep] [aria-invalid=true]")?.focus();

  // Where the page has no finer way to know what is not saved yet.
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep-unsaved]");
    if (form) changed.add(form);
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => states.get(form) !== "gone")) event.preventDefault();
  });

  // Back from the next page, by the browser's button.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-keep]").forEach((form) => states.delete(form));
  });
})();
