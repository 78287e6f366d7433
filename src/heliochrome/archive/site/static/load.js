/* Data in parts. Every part is a script that hands its content over, because pages opened from
   disk may not fetch. A part is loaded once, when it is first asked for. */
"use strict";
const heliochrome = (() => {
  const parts = new Map();

  function take(name, content) {
    parts.get(name)?.resolve(content);
  }

  function load(name) {
    if (!parts.has(name)) {
      const part = {};
      part.promise = new Promise((resolve, reject) => {
        part.resolve = resolve;
        const script = document.createElement("script");
        script.src = `data/${name}.js`;
        script.onerror = () => {
          parts.delete(name);
          reject(new Error(`data/${name}.js cannot be loaded`));
        };
        script.onload = () => script.remove();
        document.head.append(script);
      });
      parts.set(name, part);
    }
    return parts.get(name).promise;
  }

  return { load, take };
})();
