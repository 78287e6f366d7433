/* Light or dark: as the system says, until the visitor chooses. Loaded before the page is drawn. */
"use strict";
(() => {
  const KEY = "heliochrome-theme";
  const root = document.documentElement;

  // Storage is refused to pages from disk by some browsers; the choice then lasts one page.
  function stored() {
    try { return localStorage.getItem(KEY); } catch { return null; }
  }

  function store(theme) {
    try { localStorage.setItem(KEY, theme); } catch { /* see above */ }
  }

  function current() {
    if (root.dataset.theme) return root.dataset.theme;
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  const chosen = stored();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  root.classList.add("has-scripts");

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => button.setAttribute("aria-pressed", String(current() === "dark"));
    button.addEventListener("click", () => {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      store(root.dataset.theme);
      show();
    });
    show();
  });
})();
