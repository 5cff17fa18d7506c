// The pages of an import. All of them work without this script, too.
(() => {
  "use strict";

  // Unfold's script would look for its own text field beside a file input; ours says itself what was
  // chosen.
  for (const input of document.querySelectorAll("input.imp__file")) input.hasChangeListener = true;

  // What takes a while says so and is sent once; of files core/forms/upload.js takes care.
  for (const form of document.querySelectorAll(".imp form[method=post]:not([enctype])")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      event.submitter?.setAttribute("aria-busy", "true");
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    }
  });

  // An import that is still at work: move the bar, and show the result when there is one. Without this
  // script the page asks to be loaded again (see the noscript in its template).
  const bar = document.querySelector("progress[data-url]");

  async function look() {
    let answer;
    try {
      const response = await fetch(bar.dataset.url, { headers: { Accept: "application/json" } });
      if (response.redirected || !response.ok) throw new Error(response.status);
      answer = await response.json();
    } catch {
      window.setTimeout(look, 5000); // the network, or a restart: what runs in the background goes on
      return;
    }
    if (!answer.working) {
      window.location.reload();
      return;
    }
    if (answer.total) {
      bar.max = answer.total;
      bar.value = answer.done;
    }
    document.getElementById(bar.getAttribute("aria-describedby")).textContent = answer.sentence;
    window.setTimeout(look, 1000);
  }

  if (bar) window.setTimeout(look, 1000);
})();
