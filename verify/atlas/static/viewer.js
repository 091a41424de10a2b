// A canvas that shows a partition, can be zoomed and dragged, and says what lies under the pointer.
//
// Cells have corners (x, y, w); a cell that reaches to infinity is cut at the border of the window.  The window's center is
// an exact rational, so that slivers can be magnified beyond what doubles hold.
"use strict";

class Viewer {
  constructor(canvas, { inks, onhover = () => {}, label = () => "a partition" }) {
    Object.assign(this, { canvas, inks, onhover, label, cells: [], hidden: new Set(), marks: [], hovered: null, fill: cell => Viewer.color(cell.key) });
    this.center = [{ n: 0n, d: 1n }, { n: 0n, d: 1n }];
    this.half = 1.5;  // half the width of the window
    this.listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  static color(key) {
    let hash = 2166136261;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 16777619);
    hash ^= hash >>> 15; hash = Math.imul(hash, 2246822519); hash ^= hash >>> 13;
    const [hue, s, l] = [(hash >>> 0) % 360, 45 + (hash >>> 9) % 25, (hash >>> 17) % 14];
    return Viewer.dark() ? `hsl(${hue} ${s - 12}% ${24 + l}%)` : `hsl(${hue} ${s}% ${78 + l}%)`;
  }
  static dark() { return matchMedia("(prefers-color-scheme: dark)").matches; }

  show(cells) { this.cells = cells; this.hovered = null; this.draw(); }

  look(x, y, half) {
    this.center = [x, y].map(Network.rational);
    this.half = half;
    this.draw();
  }

  // Corners relative to the center of the window and its half width: homogeneous doubles.
  relative([x, y, w]) {
    if (typeof x === "number") {
      const [cx, cy] = this.center.map(Network.toNumber);
      return [(x - cx * w) / this.half, (y - cy * w) / this.half, w];
    }
    if (w === 0n) return [Network.quotient(x, 1n), Network.quotient(y, 1n), 0];
    const at = (v, c) => Network.quotient(v * c.d - c.n * w, w * c.d) / this.half;
    return [at(x, this.center[0]), at(y, this.center[1]), 1];
  }

  // The part of a polygon in the window |x| ≤ 1.01, |y| ≤ 1.01·aspect, with the labels of its edges.
  clipped(polygon, aspect) {
    let part = { points: polygon.points.map(p => this.relative(p)), edges: polygon.edges };
    const field = { sign: Math.sign, reduce: p => p };
    for (const form of [[1, 0, 1.01], [-1, 0, 1.01], [0, 1, 1.01 * aspect], [0, -1, 1.01 * aspect]]) {
      part = Partition.split(field, part, form, null)[0];
      if (!part || part.points.length < 3) return null;
    }
    return { points: part.points.map(([x, y, w]) => [x / w, y / w]), edges: part.edges };
  }

  get aspect() { return this.canvas.clientHeight / Math.max(1, this.canvas.clientWidth); }

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.paint(); });
  }

  paint() {
    const { canvas } = this, density = window.devicePixelRatio || 1, aspect = this.aspect;
    canvas.width = canvas.clientWidth * density;
    canvas.height = canvas.clientHeight * density;
    const pen = canvas.getContext("2d"), scale = canvas.width / 2;
    const place = ([x, y]) => [scale * (1 + x), canvas.height / 2 - scale * y];
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.lineJoin = "round";
    const strokes = this.inks.map(() => new Path2D());
    this.drawn = [];
    for (const cell of this.cells) {
      const part = this.clipped(cell.polygon, aspect);
      if (!part) continue;
      const path = new Path2D(), corners = part.points.map(place);
      corners.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
      path.closePath();
      pen.fillStyle = pen.strokeStyle = this.fill(cell);
      pen.lineWidth = density;
      pen.fill(path);
      pen.stroke(path);  // hides the seams between neighbors of one color
      this.drawn.push({ cell, path, part, corners });
      part.edges.forEach((edge, i) => {
        if (!edge || this.hidden.has(edge.layer)) return;
        const stroke = strokes[(edge.layer - 1) % strokes.length], [p, q] = [corners[i], corners[(i + 1) % corners.length]];
        stroke.moveTo(...p);
        stroke.lineTo(...q);
      });
    }
    for (let layer = strokes.length - 1; layer >= 0; layer--) {
      pen.strokeStyle = this.inks[layer];
      pen.lineWidth = (this.cells.length > 2000 ? 0.8 : 1.6) * density;
      pen.stroke(strokes[layer]);
    }
    if (this.hovered) {
      pen.strokeStyle = Viewer.dark() ? "#fff" : "#000";
      pen.lineWidth = 4 * density;
      pen.lineCap = "round";
      for (const { cell, part, corners } of this.drawn) {
        if (cell.key !== this.hovered) continue;
        part.edges.forEach((edge, i) => {
          if (!edge) return;  // the border, or the seam between two parts of the region
          pen.beginPath();
          pen.moveTo(...corners[i]);
          pen.lineTo(...corners[(i + 1) % corners.length]);
          pen.stroke();
        });
      }
    }
    for (const mark of this.marks) {
      const [x, y, w] = this.relative(mark.point), at = place([x / w, y / w]);
      pen.beginPath();
      pen.arc(...at, 4 * density, 0, 7);
      pen.fillStyle = Viewer.dark() ? "#fff" : "#000";
      pen.fill();
      const size = Math.min(64 * density, 0.7 * scale / this.half);  // smaller than the distance between the marks
      if (mark.image && size > 12) {
        pen.imageSmoothingEnabled = false;
        pen.drawImage(mark.image, at[0] + 6 * density, at[1] + 6 * density, size, size);
      }
      pen.font = `${13 * density}px sans-serif`;
      pen.fillText(mark.name ?? "", at[0] + 8 * density, at[1] - 6 * density);
    }
    canvas.setAttribute("aria-label", this.label());
  }

  hover(key) {
    if (key === this.hovered) return;
    this.hovered = key;
    const found = this.cells.find(cell => cell.key === key) ?? null;
    this.onhover(found);
    this.draw();
  }

  // The window's coordinates of a pointer: relative to the center and the half width.
  pointer(event) {
    const r = this.canvas.getBoundingClientRect();
    return [2 * (event.clientX - r.left) / r.width - 1, (r.height - 2 * (event.clientY - r.top)) / r.width];
  }

  under(event) {
    const pen = this.canvas.getContext("2d"), density = window.devicePixelRatio || 1, r = this.canvas.getBoundingClientRect();
    const at = [(event.clientX - r.left) * density, (event.clientY - r.top) * density];
    return this.drawn?.find(({ path }) => pen.isPointInPath(path, ...at))?.cell ?? null;
  }

  zoom(factor, [x, y] = [0, 0]) {
    this.move(x * (1 - factor), y * (1 - factor));
    this.half *= factor;
    this.draw();
  }

  move(dx, dy) {
    this.center = this.center.map((c, k) => {
      const by = Network.rational(this.half * (k ? dy : dx));
      let n = c.n * by.d + by.n * c.d, d = c.d * by.d;
      const bits = BigInt(Math.max(0, d.toString(2).length - 200));  // a center needs no more digits than the window shows
      if (bits) { n >>= bits; d >>= bits; }
      return Network.fraction(n, d);
    });
    this.draw();
  }

  listen() {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    const held = new Map();
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      this.zoom(Math.pow(1.0015, event.deltaY), this.pointer(event));
    }, { passive: false });
    canvas.addEventListener("pointerdown", event => {
      held.set(event.pointerId, this.pointer(event));
      canvas.setPointerCapture(event.pointerId);
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, event => held.delete(event.pointerId));
    canvas.addEventListener("pointerleave", () => this.hover(null));
    canvas.addEventListener("pointermove", event => {
      const at = this.pointer(event), before = held.get(event.pointerId);
      if (!before) return void this.hover(this.under(event)?.key ?? null);
      const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const size = p => Math.hypot(p[0] - other[0], p[1] - other[1]);
        this.zoom(size(before) / Math.max(size(at), 1e-3), other);
      } else {
        this.move(before[0] - at[0], before[1] - at[1]);
      }
      held.set(event.pointerId, at);
    });
    const keys = {
      ArrowLeft: () => this.move(-0.2, 0), ArrowRight: () => this.move(0.2, 0),
      ArrowUp: () => this.move(0, 0.2), ArrowDown: () => this.move(0, -0.2),
      "+": () => this.zoom(0.8), "=": () => this.zoom(0.8), "-": () => this.zoom(1.25),
    };
    canvas.addEventListener("keydown", event => {
      const act = keys[event.key];
      if (act && !event.ctrlKey && !event.metaKey) { event.preventDefault(); act(); }
    });
  }

  // The picture in the window as the text of an SVG file.
  svg() {
    const width = 800, aspect = this.aspect, height = Math.round(width * aspect);
    const number = v => v.toFixed(3).replace(/\.?0+$/, "");
    const place = ([x, y]) => `${number(width / 2 * (1 + x))},${number(height / 2 - width / 2 * y)}`;
    const polygons = [], strokes = this.inks.map(() => []);
    for (const cell of this.cells) {
      const part = this.clipped(cell.polygon, aspect);
      if (!part) continue;
      const points = part.points.map(place), fill = this.fill(cell);
      polygons.push(`<polygon points="${points.join(" ")}" fill="${fill}" stroke="${fill}" stroke-width="0.3"><title>${cell.key}</title></polygon>`);
      part.edges.forEach((edge, i) => {
        if (edge && !this.hidden.has(edge.layer)) strokes[(edge.layer - 1) % strokes.length].push(`M${points[i]}L${points[(i + 1) % points.length]}`);
      });
    }
    const lines = strokes.map((d, i) => (d.length ? `<path d="${d.join("")}" stroke="${this.inks[i]}" fill="none"/>` : "")).reverse();
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><title>${this.label()}</title>\n${polygons.join("\n")}\n${lines.join("\n")}\n</svg>\n`;
  }
}
