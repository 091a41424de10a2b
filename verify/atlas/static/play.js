// The page around the viewer: a network by sliders, seed or file, its exact count beside the bounds, and the facts of a region.
"use strict";

(() => {
  const $ = id => document.getElementById(id);
  const given = JSON.parse($("given").textContent), inks = JSON.parse($("inks").textContent);
  const MOST = 20000;
  let network = null, result = null, later = 0;

  const viewer = new Viewer($("canvas"), { inks: inksFor(), onhover: tell, label: () => $("state").textContent });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { viewer.inks = inksFor(); legend(); });

  // The first ink is nearly black: on a dark page it becomes light.
  function inksFor() { return Viewer.dark() ? ["#f2f4f8", ...inks.slice(1)] : inks; }

  function say(text, kind = "") { $("state").textContent = text; $("state").className = `verdict ${kind}`; viewer.draw(); }

  // What is known of a ReLU architecture on all of the plane; an inactive unit of another kind takes no dimension away.
  function bound() {
    if (network.layers.some(layer => [layer.activation].flat().some(unit => unit !== "relu"))) return "";
    const widths = network.layers.map(layer => BigInt(layer.weights.length));
    const choose = [n => 1n, n => n, n => n * (n - 1n) / 2n];
    // Serra et al. 2018, Theorem 1, for two inputs: in each layer at most min(2, units active before) dimensions.
    const memo = new Map();
    const rest = (layer, dimension) => {
      if (layer === widths.length) return 1n;
      const key = `${layer} ${dimension}`;
      if (!memo.has(key)) {
        const n = widths[layer];
        let sum = 0n;
        for (let j = 0n; j <= BigInt(Math.min(dimension, Number(n))); j++) {
          sum += choose[Number(j)](n) * rest(layer + 1, Math.min(dimension, Number(n - j)));
        }
        memo.set(key, sum);
      }
      return memo.get(key);
    };
    const name = Network.architecture(network), [best, least] = given?.known?.[name] ?? [];
    const theorem = `Theorem 1 of Serra et al. 2018 allows ${rest(0, 2)} for ${name}`;
    return best ? ` The best network known has ${best}, no network has more than ${least}; ${theorem}.` : ` ${theorem}.`;
  }

  function box() { return $("domain").value ? $("domain").value.split(",").map(Network.rational) : null; }

  // Draw at once in doubles; when the hand rests, count exactly.
  function refresh(quickly) {
    clearTimeout(later);
    try {
      if (quickly) {
        viewer.show(Partition.compute(network, { quick: true, box: box(), most: 4000 }).cells);
        say("Drawn in floating point while it moves; the count follows.");
        later = setTimeout(() => refresh(false), 250);
        return;
      }
      result = Partition.compute(network, { box: box(), most: MOST });
      viewer.show(result.cells);
      const where = $("domain").value ? `[${$("domain").value}]²` : "the plane";
      say(`${result.count} activation regions of ${Network.architecture(network)} on ${where}, counted exactly.${bound()}`);
      list(result.cells);
    } catch (error) {
      say(String(error.message ?? error), "open");
    }
  }

  function list(cells) {
    const keys = [...new Set(cells.map(cell => cell.key))].sort(), shown = keys.slice(0, 1000);
    $("chosen").replaceChildren(new Option("none", ""), ...shown.map(key => new Option(key, key)));
    $("chosen").title = keys.length > shown.length ? `the first ${shown.length} of ${keys.length}` : "";
  }

  function tell(cell) {
    const facts = $("facts");
    facts.replaceChildren();
    if (document.activeElement !== $("chosen")) $("chosen").value = cell?.key ?? "";
    if (!cell) return;
    const add = (name, text) => {
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = name; dd.textContent = text;
      facts.append(dt, dd);
    };
    add("pattern", cell.key);
    if (cell.note) add("note", cell.note);
    if (cell.maps) cell.maps.forEach((text, i) => add(`f${i + 1}`, text));
    else if (result?.exact && typeof cell.polygon.points[0][0] === "bigint") {
      Partition.formulas(network, result, cell).slice(0, 4).forEach((text, i) => add(`f${i + 1}`, text.length > 160 ? "long rational coefficients" : text));
    }
    const parts = viewer.cells.filter(each => each.key === cell.key);
    const walls = [...new Set(parts.flatMap(each => each.polygon.edges).filter(Boolean).map(e => `${e.layer}.${e.unit}`))];
    add("walls", walls.sort().join(", ") || "none");
  }

  function legend() {
    const depth = network ? network.layers.length : Math.max(0, ...viewer.cells.flatMap(c => c.polygon.edges.map(e => e?.layer ?? 0)));
    $("layers").replaceChildren(...Array.from({ length: depth }, (_, i) => {
      const label = document.createElement("label"), check = document.createElement("input"), line = document.createElement("i");
      check.type = "checkbox";
      check.checked = !viewer.hidden.has(i + 1);
      check.addEventListener("change", () => { viewer.hidden[check.checked ? "delete" : "add"](i + 1); viewer.draw(); });
      line.style.background = viewer.inks[i % inks.length];
      label.append(check, line, `layer ${i + 1}`);
      return label;
    }));
  }

  function sliders() {
    const panel = $("weights");
    panel.replaceChildren();
    const numbers = network.layers.reduce((sum, layer) => sum + layer.weights.length * (layer.weights[0].length + 1), 0);
    panel.parentElement.open = numbers <= 60;
    if (numbers > 150) { panel.textContent = `${numbers} weights: too many for sliders; edit the file below.`; return; }
    network.layers.forEach((layer, depth) => {
      const set = document.createElement("fieldset"), legend = document.createElement("legend");
      legend.textContent = `layer ${depth + 1}`;
      set.append(legend);
      layer.weights.forEach((row, unit) => {
        const line = document.createElement("div"), name = document.createElement("span"), group = document.createElement("div");
        line.className = "unit"; group.className = "sliders";
        name.textContent = `${unit + 1}`;
        [...row, layer.biases[unit]].forEach((r, j) => {
          const slider = document.createElement("input"), value = Network.toNumber(r), most = Math.max(3, Math.ceil(2 * Math.abs(value)));
          Object.assign(slider, { type: "range", min: -most, max: most, step: "any", value });
          const what = j < row.length ? `weight ${j + 1}` : "bias";
          slider.setAttribute("aria-label", `layer ${depth + 1}, unit ${unit + 1}, ${what}`);
          slider.title = `${what}: ${Network.text(r)}`;
          slider.addEventListener("input", () => {
            const chosen = Network.fraction(BigInt(Math.round(slider.value * 256)), 256n);
            if (j < row.length) row[j] = chosen; else layer.biases[unit] = chosen;
            slider.title = `${what}: ${Network.text(chosen)}`;
            $("json").value = Network.json(network);
            refresh(true);
          });
          group.append(slider);
        });
        line.append(name, group);
        set.append(line);
      });
      panel.append(set);
    });
  }

  function use(made, look = true) {
    network = made;
    $("json").value = Network.json(network);
    $("widths").value = Network.architecture(network).slice(2);
    sliders();
    refresh(false);
    legend();
    if (look) fit();
  }

  // The window that holds the vertices; of an unbounded partition without the outermost tenth, which may be far away.
  function fit() {
    const finite = [], bounded = viewer.cells.every(({ polygon }) => polygon.points.every(p => p[2]));
    for (const { polygon } of viewer.cells) {
      for (const [x, y, w] of polygon.points) if (w) finite.push(typeof w === "bigint" ? [Network.quotient(x, w), Network.quotient(y, w)] : [x / w, y / w]);
    }
    const spans = [0, 1].map(k => {
      const values = finite.map(p => p[k]).sort((a, b) => a - b), cut = bounded ? 0 : Math.floor(values.length / 20);
      return values.length ? [values[cut], values[values.length - 1 - cut]] : [-1, 1];
    });
    const half = Math.max(...spans.map(([a, b]) => (b - a) / 2)) || 1;
    viewer.look((spans[0][0] + spans[0][1]) / 2, (spans[1][0] + spans[1][1]) / 2, half * (bounded ? 1.05 : 1.3));
  }

  // Numbers from -2 to 2 in steps of 1/64 by a small generator, so that a seed gives the same network everywhere.
  function random(widths, seed) {
    let state = (seed * 2654435761 + 12345) >>> 0;
    const next = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return { n: BigInt(((t ^ (t >>> 14)) >>> 0) % 257 - 128), d: 64n };
    };
    let inputs = 2;
    const layers = widths.map(width => {
      const layer = { weights: Array.from({ length: width }, () => Array.from({ length: inputs }, next)), activation: "relu" };
      layer.biases = Array.from({ length: width }, next);
      inputs = width;
      return layer;
    });
    const plain = r => Network.text(Network.fraction(r.n, r.d));
    const all = [...layers.map(l => ({ weights: l.weights.map(row => row.map(plain)), biases: l.biases.map(plain), activation: "relu" })),
      { weights: [Array(inputs).fill("1")], biases: ["0"], activation: "identity" }];
    return Network.parse({ inputs: 2, layers: all });
  }

  function drawRandom() {
    const words = $("widths").value.trim().split(/[-,;\s]+/), widths = words.map(Number);
    if (!words[0] || widths.some(w => !Number.isInteger(w) || w < 1 || w > 64) || widths.length > 12) {
      return say("Write hidden widths as in 4-4: one to twelve numbers from 1 to 64.", "open");
    }
    use(random(widths, Number($("seed").value) || 0));
  }

  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  $("random").addEventListener("click", drawRandom);
  $("widths").addEventListener("keydown", event => { if (event.key === "Enter") drawRandom(); });
  $("seed").addEventListener("change", drawRandom);
  $("domain").addEventListener("change", () => refresh(false));
  $("fit").addEventListener("click", fit);
  $("read").addEventListener("click", () => {
    try { use(Network.parse($("json").value)); } catch (error) { say(String(error.message), "open"); }
  });
  $("chosen").addEventListener("change", () => viewer.hover($("chosen").value || null));
  $("save-json").addEventListener("click", () => save("network.json", "application/json", Network.json(network)));
  $("save-svg").addEventListener("click", () => save("partition.svg", "image/svg+xml", viewer.svg()));

  if (given?.cells) {  // polygons that were cut and counted elsewhere
    for (const part of document.querySelectorAll(".network")) part.hidden = true;
    viewer.show(given.cells.map(cell => ({ ...cell, polygon: { points: cell.points, edges: cell.edges.map(e => (e ? { layer: e[0], unit: e[1] } : null)) } })));
    viewer.marks = (given.marks ?? []).map(mark => {
      const image = mark.image ? Object.assign(new Image(), { src: mark.image, onload: () => viewer.draw() }) : null;
      return { ...mark, image };
    });
    say(given.says);
    list(viewer.cells);
    legend();
    fit();
  } else {
    const hash = decodeURIComponent(location.hash.slice(1));
    try { use(given?.network ? Network.parse(given.network) : hash ? Network.parse(hash) : random([4, 4], Number($("seed").value))); }
    catch (error) { drawRandom(); say(String(error.message), "open"); }
  }
})();
