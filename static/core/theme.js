// The admin's light/dark switch, followed on our own pages (Unfold keeps it in this key). Without
// this script they are as the system wants it.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let choice = "auto";
    try {
      choice = JSON.parse(localStorage.getItem("_x_adminTheme")) || "auto";
    } catch {
      // No storage, or something else in it: follow the system.
    }
    const wanted = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    document.documentElement.dataset.theme = wanted === "dark" ? "dark" : "light";
  };
  dark.addEventListener("change", apply);
  apply();
})();
