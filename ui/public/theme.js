// Runs before the first paint, so that the static shell already has the right colours (src/workbench/theme.ts).
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("symphony.theme");
  } catch {
    // Storage refused: the system's preference decides.
  }
  if (chosen !== "dark" && chosen !== "light") {
    chosen = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  }
  document.documentElement.dataset.theme = chosen;
})();
