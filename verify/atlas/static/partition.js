// The partition of the plane, or of a box, into activation regions, unit by unit.
//
// A point is (x, y, w) with w ≥ 0 and stands for (x/w, y/w), or for a direction if w = 0; an affine form is (a, b, c) with
// the value a·x + b·y + c·w.  All are integers, so signs are exact.  Where an edge from p to q crosses a form with values
// s > 0 and -t < 0, the crossing is t·p + s·q.  The plane is its four quadrants, three corners each; cells with the same
// pattern are one region, since activation regions are convex.
"use strict";

const Partition = (() => {
  const exact = {
    one: 1n, zero: 0n, sign: v => (v > 0n ? 1 : v < 0n ? -1 : 0),
    reduce(p) {
      const g = Network.gcd(Network.gcd(p[0], p[1]), p[2]);
      return g > 1n ? [p[0] / g, p[1] / g, p[2] / g] : p;
    },
    over: (r, common) => r.n * (common / r.d),  // the numerator of r over a common denominator
    parts: r => r,
  };
  // Doubles, for pictures while something moves: nothing is claimed of them.
  const quick = {
    one: 1, zero: 0, sign: v => (v > 1e-12 ? 1 : v < -1e-12 ? -1 : 0),
    reduce(p) { const m = Math.max(Math.abs(p[0]), Math.abs(p[1]), Math.abs(p[2])); return [p[0] / m, p[1] / m, p[2] / m]; },
    over: r => Network.toNumber(r),
    parts: r => ({ n: Network.toNumber(r), d: 1 }),
  };

  const value = (form, p) => form[0] * p[0] + form[1] * p[1] + form[2] * p[2];
  const denominator = rationals => rationals.reduce((d, r) => d * (r.d / Network.gcd(d, r.d)), 1n);

  // The parts of a convex polygon where the form is ≥ 0 and where it is ≤ 0, null where there is no interior; the polygon
  // itself twice where the form is zero throughout.  Edge i goes from corner i to the next; new edges bear the label.
  function split(field, polygon, form, label) {
    const { points, edges } = polygon, values = points.map(p => value(form, p)), signs = values.map(field.sign);
    if (signs.every(s => s >= 0)) return [polygon, signs.some(s => s > 0) ? null : polygon];
    if (signs.every(s => s <= 0)) return [null, polygon];
    const above = { points: [], edges: [] }, below = { points: [], edges: [] };
    const push = (part, p, edge) => { part.points.push(p); part.edges.push(edge); };
    for (let i = 0; i < points.length; i++) {
      const j = (i + 1) % points.length, p = points[i], q = points[j];
      if (signs[i] >= 0) push(above, p, signs[i] === 0 && signs[j] < 0 ? label : edges[i]);
      if (signs[i] <= 0) push(below, p, signs[i] === 0 && signs[j] > 0 ? label : edges[i]);
      if (signs[i] * signs[j] < 0) {
        const s = values[i] < 0 ? -values[i] : values[i], t = values[j] < 0 ? -values[j] : values[j];
        const r = field.reduce([t * p[0] + s * q[0], t * p[1] + s * q[1], t * p[2] + s * q[2]]);
        push(above, r, signs[i] > 0 ? label : edges[i]);
        push(below, r, signs[i] < 0 ? label : edges[i]);
      }
    }
    return [above, below];
  }

  // The values of affine rows on a cell: forms over the denominator `under` times that of the rows.
  function affine(field, rows, biases, forms, under) {
    return rows.map((row, i) => {
      const z = [0, 1, 2].map(k => row.reduce((sum, w, j) => sum + w * forms[j][k], field.zero));
      z[2] += biases[i] * under;
      return z;
    });
  }

  // A layer's rows over one denominator, and the slopes and offsets of its units over another.
  function prepared(field, layer) {
    const scale = denominator([...layer.weights.flat(), ...layer.biases]);
    const common = layer.rank ? 1n : denominator(layer.units.flatMap(unit => unit.pieces.flat()));
    return {
      rows: layer.weights.map(row => row.map(w => field.over(w, scale))),
      biases: layer.biases.map(b => field.over(b, scale)),
      scale: field === exact ? scale : 1,
      common: field === exact ? common : 1,
      rank: layer.rank,
      units: layer.units?.map(unit => ({
        thresholds: unit.thresholds.map(field.parts),
        pieces: unit.pieces.map(piece => piece.map(r => field.over(r, common))),
      })),
    };
  }

  // options: box [lo, hi] of rationals, or none for the plane; quick for doubles; most, the largest number of cells.
  function compute(network, options = {}) {
    const field = options.quick ? quick : exact, { one, zero } = field;
    const start = options.box ? [boxed(field, options.box)] : quadrants(one, zero);
    let cells = start.map(polygon => ({ polygon, pattern: [], forms: [[one, zero, zero], [zero, one, zero]] }));
    let under = one;
    network.layers.forEach((given, depth) => {
      const layer = prepared(field, given), next = [], scaled = under * layer.scale;
      for (const cell of cells) {
        const rows = affine(field, layer.rows, layer.biases, cell.forms, under);
        const cut = layer.rank ? maxout : scalars;
        for (const part of cut(field, cell.polygon, rows, layer, scaled, depth)) {
          next.push({ ...part, pattern: [...cell.pattern, part.pattern] });
        }
        if (next.length > (options.most ?? Infinity)) throw new Error(`more than ${options.most} regions; that is too many for this page`);
      }
      cells = next;
      under = scaled * layer.common;
    });
    const numbers = new Map();
    for (const cell of cells) {
      cell.key = cell.pattern.map(p => p.join("")).join(" ");
      if (!numbers.has(cell.key)) numbers.set(cell.key, numbers.size);
    }
    return { cells, count: numbers.size, exact: field === exact, under };
  }

  function scalars(field, polygon, rows, layer, scaled, depth) {
    let parts = [{ polygon, pattern: [], forms: [] }];
    rows.forEach((row, i) => {
      const unit = layer.units[i], label = { layer: depth + 1, unit: i + 1 }, next = [];
      const cuts = unit.thresholds.map(({ n, d }) => [row[0] * d, row[1] * d, row[2] * d - n * scaled]);
      for (const part of parts) {
        let rest = part.polygon;
        for (let piece = 0; piece < unit.pieces.length && rest; piece++) {
          let own = rest;
          if (piece < cuts.length) {
            const [above, below] = split(field, rest, cuts[piece], label);
            own = below;
            rest = above === below ? null : above;  // zero throughout: the lower piece, as everywhere in the toolkit
          }
          if (!own) continue;
          const [slope, offset] = unit.pieces[piece];
          const form = [row[0] * slope, row[1] * slope, row[2] * slope + offset * scaled];
          next.push({ polygon: own, pattern: [...part.pattern, piece], forms: [...part.forms, form] });
        }
      }
      parts = next;
    });
    return parts;
  }

  // Piece k of a unit is largest where row k − row j ≥ 0 for all j; of pieces that are equal in a cell the first is named.
  function maxout(field, polygon, rows, layer, scaled, depth) {
    let parts = [{ polygon, pattern: [], forms: [] }];
    for (let unit = 0; unit * layer.rank < rows.length; unit++) {
      const pieces = rows.slice(unit * layer.rank, (unit + 1) * layer.rank), next = [];
      const label = { layer: depth + 1, unit: unit + 1 };
      for (const part of parts) {
        pieces.forEach((own, k) => {
          let where = part.polygon;
          pieces.forEach((other, j) => {
            if (j === k || !where) return;
            const [above, below] = split(field, where, own.map((v, at) => v - other[at]), label);
            where = above === below && j < k ? null : above;
          });
          if (where) next.push({ polygon: where, pattern: [...part.pattern, k], forms: [...part.forms, own] });
        });
      }
      parts = next;
    }
    return parts;
  }

  function quadrants(one, zero) {
    const origin = [zero, zero, one], axes = [[one, zero, zero], [zero, one, zero], [-one, zero, zero], [zero, -one, zero]];
    return axes.map((axis, i) => ({ points: [origin, axis, axes[(i + 1) % 4]], edges: [null, null, null] }));
  }

  function boxed(field, limits) {
    const [a, b] = limits.map(field.parts);
    const corner = (x, y) => field.reduce([x.n * y.d, y.n * x.d, x.d * y.d]);
    return { points: [corner(a, a), corner(b, a), corner(b, b), corner(a, b)], edges: [null, null, null, null] };
  }

  // The outputs of the network on a cell, as text such as "3/2·x − y + 1"; the last layer's units if there is no output.
  function formulas(network, result, cell) {
    let forms = cell.forms, under = result.under;
    if (network.output) {
      const scale = denominator([...network.output.weights.flat(), ...network.output.biases]);
      const over = r => exact.over(r, scale);
      forms = affine(exact, network.output.weights.map(row => row.map(over)), network.output.biases.map(over), forms, under);
      under *= scale;
    }
    return forms.map(([a, b, c]) => {
      const terms = [[a, "x"], [b, "y"], [c, ""]].filter(([n]) => n !== 0n).map(([n, name]) => {
        const size = Network.text(Network.fraction(Network.abs(n), under));
        return [n < 0n, name && size === "1" ? name : name ? `${size}·${name}` : size];
      });
      if (!terms.length) return "0";
      return terms.map(([minus, term], i) => (i ? (minus ? " − " : " + ") : minus ? "−" : "") + term).join("");
    });
  }

  return { compute, split, exact, quick, value, formulas };
})();
