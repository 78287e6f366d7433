/* The gallery: what is asked for is in the address after #, so that it can be kept and shared. */
"use strict";
(() => {
  const SORTS = ["date", "title", "newest", "unsure"];
  const LAST_VIEW = "heliochrome-view";
  const catalog = heliochrome.catalog;
  const form = document.getElementById("filters");
  const cards = document.getElementById("cards");
  const count = document.getElementById("count");
  const pager = document.getElementById("pager");
  const empty = document.getElementById("empty");
  let drawing = 0;

  function asked() {
    const given = new URLSearchParams(location.hash.slice(1));
    const number = (name) => {
      const value = Number.parseInt(given.get(name) ?? "", 10);
      return Number.isFinite(value) ? value : null;
    };
    return {
      q: given.get("q") ?? "",
      from: number("from"),
      to: number("to"),
      collection: number("collection"),
      look: number("look"),
      sort: given.get("sort") ?? "",
      page: Math.max(1, number("page") ?? 1),
    };
  }

  function address(view) {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(view)) {
      if (value !== null && value !== "" && !(name === "page" && value === 1)) given.set(name, value);
    }
    return `#${given}`;
  }

  function fits(item, view) {
    const years = catalog.years[item];
    if (view.from !== null && !(years && years[1] >= view.from)) return false;
    if (view.to !== null && !(years && years[0] <= view.to)) return false;
    if (view.collection !== null && catalog.collection[item] !== view.collection) return false;
    return view.look === null || catalog.looks[item].includes(view.look);
  }

  /** Which of the item's derivatives is shown: that of the look asked for, else -1, which `at`
      takes for the newest. */
  function shownLook(item, view) {
    return catalog.looks[item].indexOf(view.look);
  }

  /** How sure the network is of the colors shown, in percent; where it guessed none, no doubt. */
  function sureness(item, view) {
    return catalog.sure[item]?.at(shownLook(item, view)) ?? Infinity;
  }

  async function chosen(view) {
    const scores = view.q.trim() ? await heliochrome.search(view.q, catalog) : null;
    const sort = SORTS.includes(view.sort) ? view.sort : scores ? "relevance" : "date";
    let items;
    if (sort === "title") items = catalog.byTitle;
    else if (sort === "newest") items = catalog.newest;
    else items = Array.from({ length: catalog.count }, (_, number) => number);
    items = items.filter((item) => (scores === null || scores.has(item)) && fits(item, view));
    if (sort === "relevance") items.sort((a, b) => scores.get(b) - scores.get(a) || a - b);
    if (sort === "unsure") items.sort((a, b) => compare(sureness(a, view), sureness(b, view)) || a - b);
    return items;
  }

  function compare(one, other) {
    return one === other ? 0 : one < other ? -1 : 1; // Infinity less Infinity is no number.
  }

  async function draw() {
    const turn = ++drawing;
    const view = asked();
    fill(view);
    cards.setAttribute("aria-busy", "true");
    try {
      const items = await chosen(view);
      const pages = Math.max(1, Math.ceil(items.length / catalog.perPage));
      const page = Math.min(view.page, pages);
      const shown = items.slice((page - 1) * catalog.perPage, page * catalog.perPage);
      const entries = await Promise.all(shown.map(card));
      if (turn !== drawing) return; // The visitor has asked for something else meanwhile.
      cards.replaceChildren(
        ...entries.map((entry, at) => drawCard(entry, shownLook(shown[at], view))),
      );
      tell(items.length, page, pages);
      drawPager(view, page, pages);
      remember();
    } catch (error) {
      if (turn === drawing) count.textContent = `Something is missing: ${error.message}`;
    } finally {
      if (turn === drawing) cards.removeAttribute("aria-busy");
    }
  }

  async function card(item) {
    const part = await heliochrome.load(`cards/${Math.floor(item / catalog.perPart)}`);
    return part[item % catalog.perPart];
  }

  function drawCard(entry, at) {
    const look = entry.looks?.at(at);
    const item = element("li", { className: "card" });
    item.style.setProperty("--ratio", Math.min(Math.max(entry.width / entry.height, 0.45), 3));
    const link = element("a", { href: `items/${encodeURIComponent(entry.page)}` });
    const frame = element("span", { className: "frame" });
    frame.append(picture(look?.picture ?? entry.picture, entry));
    if (entry.before) {
      const before = picture(entry.before, { ...entry, alt: "" });
      before.classList.add("before");
      frame.append(before);
    }
    const facts = [entry.date, entry.collection].filter(Boolean).join(" · ");
    link.append(
      frame,
      element("span", { className: "title", textContent: entry.title }),
      element("span", { className: "facts", textContent: facts }),
    );
    if (look?.guess) link.append(chip(look));
    item.append(link);
    return item;
  }

  function chip(look) {
    const drawn = element("span", { className: "guess", textContent: look.guess });
    drawn.classList.toggle("doubtful", look.doubtful === true);
    return drawn;
  }

  function picture(source, entry) {
    return element("img", {
      src: source, width: entry.width, height: entry.height, alt: entry.alt ?? "",
      loading: "lazy", decoding: "async",
    });
  }

  function tell(found, page, pages) {
    const all = found === catalog.count ? "" : ` of ${catalog.count.toLocaleString("en")}`;
    const noun = catalog.count === 1 ? "photograph" : "photographs";
    const where = pages > 1 ? `, page ${page} of ${pages}` : "";
    count.textContent = `${found.toLocaleString("en")}${all} ${noun}${where}`;
    empty.hidden = found > 0;
    document.getElementById("clear").hidden = location.hash.length < 2;
  }

  function drawPager(view, page, pages) {
    pager.hidden = pages < 2;
    const near = new Set([1, pages, page - 1, page, page + 1]);
    const numbers = [...near].filter((n) => n >= 1 && n <= pages).sort((a, b) => a - b);
    const parts = [step("Previous", page - 1, page > 1)];
    numbers.forEach((number, index) => {
      if (index && number - numbers[index - 1] > 1) parts.push(element("span", { textContent: "…" }));
      const link = element("a", {
        href: address({ ...view, page: number }), textContent: String(number),
      });
      link.setAttribute("aria-label", `Page ${number}`);
      if (number === page) link.setAttribute("aria-current", "page");
      parts.push(link);
    });
    parts.push(step("Next", page + 1, page < pages));
    pager.replaceChildren(...parts);

    function step(label, number, possible) {
      if (!possible) return element("span", { textContent: label, className: "off" });
      return element("a", { href: address({ ...view, page: number }), textContent: label });
    }
  }

  function fill(view) {
    for (const [name, value] of Object.entries(view)) {
      const field = form.elements[name];
      if (field && field !== document.activeElement) field.value = value ?? "";
    }
    for (const bar of document.querySelectorAll("#decades button")) {
      const first = Number(bar.dataset.year);
      const inside = (view.from ?? -Infinity) <= first + 9 && (view.to ?? Infinity) >= first;
      const pressed = inside && (view.from !== null || view.to !== null);
      bar.setAttribute("aria-pressed", String(pressed));
    }
  }

  function fromForm() {
    const value = (name) => form.elements[name]?.value.trim() ?? "";
    const number = (name) => (value(name) === "" ? null : Number(value(name)));
    return {
      q: value("q"), from: number("from"), to: number("to"),
      collection: number("collection"), look: number("look"), sort: value("sort"), page: 1,
    };
  }

  function drawDecades() {
    const place = document.getElementById("decades");
    const tally = new Map();
    for (const years of catalog.years) {
      if (!years) continue;
      const decade = Math.floor(years[0] / 10) * 10;
      tally.set(decade, (tally.get(decade) ?? 0) + 1);
    }
    const decades = [...tally.keys()].sort((a, b) => a - b);
    if (decades.length < 2) return;
    const most = Math.max(...tally.values());
    for (let year = decades[0]; year <= decades.at(-1); year += 10) {
      const number = tally.get(year) ?? 0;
      const bar = element("button", { type: "button", disabled: number === 0 });
      bar.title = `${year}s: ${number}`;
      bar.setAttribute("aria-label", `${year}s, ${number} photographs`);
      bar.dataset.year = year;
      bar.style.setProperty("--height", number ? 0.15 + (0.85 * number) / most : 0.04);
      bar.append(element("span", {}));
      bar.addEventListener("click", () => {
        const off = bar.getAttribute("aria-pressed") === "true";
        go({ ...fromForm(), from: off ? null : year, to: off ? null : year + 9 });
      });
      place.append(bar);
    }
    document.getElementById("decade-ends").textContent = `${decades[0]}s – ${decades.at(-1)}s`;
    place.parentElement.hidden = false;
  }

  function go(view) {
    // Replacing keeps every letter typed from becoming a step back in the history.
    location.replace(address(view));
  }

  function remember() {
    try { sessionStorage.setItem(LAST_VIEW, location.hash); } catch { /* not for pages from disk */ }
  }

  function element(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  let waiting = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    const typed = event.target.matches("input");
    waiting = setTimeout(() => go(fromForm()), typed ? 180 : 0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(fromForm());
  });
  document.getElementById("clear").addEventListener("click", () => {
    form.reset();
    location.hash = "";
  });
  pager.addEventListener("click", (event) => {
    if (event.target.closest("a")) document.getElementById("results").scrollIntoView();
  });
  addEventListener("hashchange", draw);
  drawDecades();
  draw();
})();
