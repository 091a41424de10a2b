// Networks with two inputs, read from the toolkit's JSON files as exact rationals (BigInt numerators and denominators).
"use strict";

const Network = (() => {
  const abs = n => (n < 0n ? -n : n);
  const gcd = (a, b) => { a = abs(a); b = abs(b); while (b) [a, b] = [b, a % b]; return a; };
  const fraction = (n, d) => {
    if (d === 0n) throw new Error("a denominator is zero");
    const g = gcd(n, d) || 1n, s = d < 0n ? -1n : 1n;
    return { n: s * n / g, d: s * d / g };
  };

  // "p", "p/q", an integer, or a float, which stands for the exact value of its binary64.
  function rational(value) {
    if (typeof value === "string") {
      const match = /^\s*([+-]?\d+)(?:\s*\/\s*([+-]?\d+))?\s*$/.exec(value);
      if (match) return fraction(BigInt(match[1]), BigInt(match[2] ?? 1));
      const decimal = /^\s*([+-]?)(\d*)\.(\d+)\s*$/.exec(value);
      if (decimal) {
        const n = BigInt(decimal[2] + decimal[3]);
        return fraction(decimal[1] === "-" ? -n : n, 10n ** BigInt(decimal[3].length));
      }
    } else if (typeof value === "number" && Number.isFinite(value)) {
      let d = 1n;
      while (!Number.isInteger(value)) { value *= 2; d *= 2n; }
      return fraction(BigInt(value), d);
    }
    throw new Error(`${JSON.stringify(value)} is not a number; write "p/q", an integer or a decimal`);
  }
  const toNumber = ({ n, d }) => quotient(n, d);

  // n/d as a double, also where both are too long for doubles.
  function quotient(n, d) {
    const size = Math.max(abs(n).toString(16).length, abs(d).toString(16).length) * 4 - 1000;
    if (size <= 0) return Number(n) / Number(d);
    const shift = BigInt(size);
    const small = d >> shift;
    return small === 0n || small === -1n ? Number((n << 60n) / d) / 2 ** 60 : Number(n >> shift) / Number(small);
  }

  // A unit's activation: thresholds t_1 < t_2 < … of its preactivation, and slope and offset of each piece between them.
  function scalar(name) {
    const one = { n: 1n, d: 1n }, zero = { n: 0n, d: 1n }, minus = { n: -1n, d: 1n };
    if (name === "identity") return { thresholds: [], pieces: [[one, zero]] };
    if (name === "relu") return { thresholds: [zero], pieces: [[zero, zero], [one, zero]] };
    if (name === "abs") return { thresholds: [zero], pieces: [[minus, zero], [one, zero]] };
    if (name === "hard_tanh") return { thresholds: [minus, one], pieces: [[zero, minus], [one, zero], [zero, one]] };
    if (name && typeof name === "object" && "leaky_relu" in name) {
      return { thresholds: [zero], pieces: [[rational(name.leaky_relu), zero], [one, zero]] };
    }
    throw new Error(`the activation ${JSON.stringify(name)} is not drawn here; use relu, abs, leaky_relu, hard_tanh or maxout`);
  }

  // {inputs, layers: [{weights, biases, rank, units}]}; the last layer, if it is affine, is the output.
  function parse(text) {
    const data = typeof text === "string" ? JSON.parse(text) : text;
    if (data === null || typeof data !== "object" || !Array.isArray(data.layers)) {
      throw new Error("this is no network file: it has no list \"layers\"");
    }
    let width = data.inputs ?? data.layers[0]?.weights?.[0]?.length;
    if (width !== 2) throw new Error(`the network has ${width} inputs; this page draws networks with two`);
    const layers = data.layers.map((layer, depth) => {
      const place = `layer ${depth + 1}`;
      if (!Array.isArray(layer.weights) || !Array.isArray(layer.biases) || layer.weights.length !== layer.biases.length) {
        throw new Error(`${place}: weights and biases must be lists of the same length`);
      }
      const weights = layer.weights.map((row, i) => {
        if (!Array.isArray(row) || row.length !== width) throw new Error(`${place}, row ${i + 1}: ${width} weights are needed`);
        return row.map(rational);
      });
      const biases = layer.biases.map(rational), activation = layer.activation ?? "relu";
      const rank = activation && typeof activation === "object" && activation.maxout || 0;
      if (rank && weights.length % rank) throw new Error(`${place}: ${weights.length} rows are not units of rank ${rank}`);
      width = rank ? weights.length / rank : weights.length;
      const each = Array.isArray(activation) ? activation : Array(width).fill(activation);
      return { weights, biases, rank, activation, units: rank ? null : each.map(scalar) };
    });
    const last = layers.at(-1);
    const output = last && last.activation === "identity" ? layers.pop() : null;
    return { inputs: 2, layers, output };
  }

  const text = ({ n, d }) => (d === 1n ? `${n}` : `${n}/${d}`);
  function json(network) {
    const all = network.output ? [...network.layers, network.output] : network.layers;
    const layers = all.map(layer => ({
      weights: layer.weights.map(row => row.map(text)), biases: layer.biases.map(text), activation: layer.activation,
    }));
    return JSON.stringify({ format: "linregions/network", version: 1, inputs: 2, layers });
  }

  const architecture = network => [2, ...network.layers.map(l => (l.rank ? l.weights.length / l.rank : l.weights.length))].join("-");
  return { parse, json, rational, fraction, toNumber, quotient, gcd, abs, text, architecture };
})();
