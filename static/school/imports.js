// The page of an import that is still at work: move the bar, and show the result when there is one.
// Without this script the page asks to be loaded again (see the noscript in the template).
"use strict";

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
