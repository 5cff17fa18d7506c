// The admin's light/dark switch, followed on our own pages (Unfold keeps it in this key). Without
// this script they are as the system wants it. What the person has chosen under "Preferences" comes
// with the page and holds on every device until that device's own switch is used.
(() => {
  const KEY = "adminTheme";
  const SEEN = "chosenTheme";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const { chosenTheme } = document.documentElement.dataset;
    try {
      if (chosenTheme && localStorage.getItem(SEEN) !== chosenTheme) {
        localStorage.setItem(SEEN, chosenTheme);
        localStorage.setItem(KEY, JSON.stringify(chosenTheme));
      }
    } catch {
      // No storage: the page stays as the system wants it.
    }
  };
  const apply = () => {
    let choice = "auto";
    try {
      choice = JSON.parse(localStorage.getItem(KEY)) || "auto";
    } catch {
      // No storage, or something else in it: follow the system.
    }
    const wanted = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    document.documentElement.dataset.theme = wanted === "dark" ? "dark" : "light";
  };
  dark.addEventListener("change", apply);
  follow();
  apply();
})();
