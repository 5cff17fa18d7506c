// A report's page: the chart comes after the rows, dates and periods do not contradict each other,
// and an empty filter stays out of the address. Without this script a link leads to the chart's numbers.
(() => {
  const chart = document.querySelector("[data-rep-chart]");
  if (chart) draw(chart);

  async function draw(section) {
    const place = section.querySelector("[data-rep-drawing]");
    const loading = section.querySelector("[data-rep-loading]");
    loading.hidden = false;
    try {
      const response = await fetch(section.dataset.repChart, { headers: { "HX-Request": "true" } });
      if (!response.ok || response.redirected) throw new Error(response.status);
      const piece = await response.text();
      // Unfold draws every canvas.chart when the page has loaded, and a canvas only takes one chart.
      if (document.readyState !== "complete") {
        await new Promise((resolve) => window.addEventListener("load", resolve, { once: true }));
      }
      place.innerHTML = piece;
      if (place.querySelector("canvas")) renderCharts();
    } catch {
      loading.hidden = true;
      section.querySelector("[data-rep-failed]")?.removeAttribute("hidden");
    }
    place.setAttribute("aria-busy", "false");
  }

  const print = document.querySelector("[data-rep-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }

  const form = document.querySelector("[data-rep-filters]");
  if (!form) return;
  // On a phone the rows come first, unless a filter wants to be corrected.
  const fold = document.querySelector("[data-rep-fold]");
  if (window.matchMedia("(max-width: 640px)").matches) fold.open = Boolean(fold.querySelector(".errors, .rep__bad"));

  const period = form.elements.period;
  const days = ["from", "to"].map((name) => form.elements[name]).filter(Boolean);
  period?.addEventListener("change", () =>
    days.forEach((day) => {
      day.value = "";
    }),
  );
  days.forEach((day) =>
    day.addEventListener("change", () => {
      if (day.value) period.value = "";
    }),
  );
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  // Back in the browser's history the fields would still be disabled.
  window.addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
})();
