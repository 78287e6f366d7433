/* The page of one photograph: before and after, deep zoom, and where the colors are a guess. */
"use strict";
(() => {
  const facts = JSON.parse(document.getElementById("item").textContent);
  const stage = document.getElementById("stage");
  const looks = facts.looks;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let viewer = null; // OpenSeadragon, once deep zoom was asked for.
  let layers = null; // Its images: the original, and picture and map of every look.

  const view = { mode: looks.length ? "compare" : "zoom", look: looks.length - 1, layer: "look" };
  if (!looks.length) view.layer = "original";

  const look = () => looks[view.look];
  const input = (id) => document.getElementById(id);

  function draw() {
    for (const part of stage.querySelectorAll("[data-mode]")) {
      part.hidden = part.dataset.mode !== view.mode;
    }
    for (const part of document.querySelectorAll("[data-look]")) {
      part.hidden = Number(part.dataset.look) !== view.look;
    }
    const map = Boolean(look()?.confidence);
    input("guess-controls")?.toggleAttribute("hidden", !map);
    drawMaps();
    if (view.mode === "zoom") openViewer().then(drawLayers);
  }

  function mapOpacity() {
    if (!look()?.confidence || !input("guess").checked) return 0;
    return Number(input("guess-opacity").value) / 100;
  }

  function drawMaps() {
    const opacity = mapOpacity();
    for (const map of document.querySelectorAll("img.map")) {
      // The map is loaded when it is first wanted.
      if (opacity && !map.src) map.src = map.dataset.src;
      map.style.opacity = opacity;
      map.hidden = opacity === 0;
    }
    input("legend")?.toggleAttribute("hidden", opacity === 0);
    const field = input("guess-opacity");
    if (field) field.disabled = !input("guess").checked;
    if (layers) drawLayers();
  }

  function openViewer() {
    if (viewer) return viewer;
    const osd = OpenSeadragon({
      element: input("viewer"),
      drawer: "canvas", // WebGL may not draw pictures from disk.
      showNavigationControl: false,
      showNavigator: false,
      animationTime: reduced ? 0 : 0.8,
      maxZoomPixelRatio: 3,
      visibilityRatio: 0.6,
      minZoomImageRatio: 0.8,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    osd.canvas.setAttribute("role", "application"); // It has keys of its own.
    osd.canvas.setAttribute("aria-label", facts.viewerLabel);
    const add = (name, source, box, opacity) => new Promise((resolve, reject) => {
      osd.addTiledImage({
        tileSource: source, x: box[0], y: box[1], width: box[2], opacity,
        success: (event) => resolve([name, event.item]),
        error: (event) => reject(new Error(event.message)),
      });
    });
    viewer = (async () => {
      const whole = [0, 0, 1];
      const added = [await add("original", facts.original.tiles, whole, 1)];
      for (const [number, one] of looks.entries()) {
        added.push(await add(`look ${number}`, one.tiles, one.box, 0));
        if (one.confidence) {
          const map = { type: "image", url: one.confidence };
          added.push(await add(`map ${number}`, map, one.box, 0));
        }
      }
      layers = new Map(added);
      for (const [id, act] of Object.entries({
        "zoom-in": () => osd.viewport.zoomBy(1.5),
        "zoom-out": () => osd.viewport.zoomBy(1 / 1.5),
        "zoom-home": () => osd.viewport.goHome(),
      })) {
        input(id).addEventListener("click", () => { act(); osd.viewport.applyConstraints(); });
      }
      return osd;
    })();
    return viewer;
  }

  function drawLayers() {
    if (!layers) return;
    const above = view.layer === "look";
    layers.get("original").setOpacity(above ? 0 : 1);
    for (const number of looks.keys()) {
      const shown = above && number === view.look;
      layers.get(`look ${number}`).setOpacity(shown ? 1 : 0);
      layers.get(`map ${number}`)?.setOpacity(shown ? mapOpacity() : 0);
    }
    stage.dataset.drawn = view.layer;
  }

  function fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else stage.requestFullscreen();
  }

  for (const choice of document.querySelectorAll("input[name=mode], input[name=layer]")) {
    choice.addEventListener("change", () => { view[choice.name] = choice.value; draw(); });
  }
  for (const choice of document.querySelectorAll("input[name=look]")) {
    choice.addEventListener("change", () => { view.look = Number(choice.value); draw(); });
  }
  input("guess")?.addEventListener("change", drawMaps);
  input("guess-opacity")?.addEventListener("input", drawMaps);
  input("fullscreen").addEventListener("click", fullScreen);
  input("fullscreen").hidden = !document.fullscreenEnabled;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    } catch {
      // Without leave to write the clipboard the hash is selected instead.
      getSelection().selectAllChildren(button.previousElementSibling);
    }
  });

  // Back to what was asked for in the gallery.
  try {
    const last = sessionStorage.getItem("heliochrome-view");
    if (last) document.getElementById("back").hash = last;
  } catch { /* not for pages from disk in some browsers */ }

  draw();
})();
