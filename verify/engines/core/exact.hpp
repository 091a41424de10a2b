// What floats leave undecided, decided in integers: the sign of a determinant whose rows belong to the path.
//
// Scaled to integers (verify/engines/model.py), every row of a path is a vector of integers, and so are the lines that
// meet at a vertex and the conditions of a basis.  A sign at a vertex is that of a determinant, and so is the sign of a
// multiplier, up to that of the basis (Cramer's rule).  All of them are computed modulo primes (residues.hpp), as many as
// determine integers within Hadamard's bound: n rows of entries at most 2^b_i in modulus have a determinant of modulus at
// most n^(n/2)*2^(b_1 + ... + b_n).  No bound comes from a float.
#pragma once

#include <bit>
#include <memory>

#include "layers.hpp"
#include "residues.hpp"

namespace linregions {

// Integers of equal length in two's complement, lowest word first.
struct Words {
    int width = 1;
    std::vector<Word> data;

    std::size_t size() const { return data.size() / width; }
    const Word* at(std::size_t i) const { return data.data() + i * width; }
    bool is(Word small, std::size_t i) const {
        for (int w = 1; w < width; ++w)
            if (at(i)[w]) return false;
        return at(i)[0] == small;
    }
};

// The network and the domain in integers: one unit of a layer's values is its granularity.
struct Integers {
    struct Layer {
        Words weight, bias;      // [rows, units of the layer before, or inputs], [rows]
        Words slope, intercept;  // [units, pieces]
        Words breakpoint;        // [units, pieces]
        int bits = 0;            // rows of the path from this layer have entries below 2^bits in modulus
    };
    std::vector<Layer> layers;
    Words domain, ends;  // [domain rows, d + 1]; of a box: a common denominator, d lower numerators and d upper ones
    int domain_bits = 0, ends_bits = 0;  // the denominator and, for each input, the larger numerator have a sum below 2^ends_bits

    // Whether there are as many as the loop reads.
    bool fit(const Model& model, int domain_rows, bool boxed) const {
        const auto few = [](int bits) { return bits >= 0 && bits < 1 << 24; };
        const std::size_t d = model.d;
        bool good = layers.size() == static_cast<std::size_t>(model.depth) && few(domain_bits) && few(ends_bits) &&
                    domain.size() == domain_rows * (d + 1) && ends.size() == (boxed ? 2 * d + 1 : 0);
        for (int k = 0; good && k < model.depth; ++k) {
            const Layer& layer = layers[k];
            const linregions::Layer& own = model.layers[k];
            const std::size_t rows = own.rows, pieces = static_cast<std::size_t>(own.units) * own.pieces;
            good = layer.weight.size() == rows * own.inputs && layer.bias.size() == rows &&
                   layer.slope.size() == pieces && layer.intercept.size() == pieces &&
                   layer.breakpoint.size() == pieces && few(layer.bits);
        }
        return good;
    }
};

class Exact {
public:
    struct Line {  // of a determinant: a row of the path, the unit vector `axis`, or (-b, a, 0) for the row (a, b, c)
        Name name;
        int axis = -1;
        bool turned = false;
    };

    Exact(const Model& model, std::shared_ptr<const Integers> integers, const std::int32_t* used,
          const std::int64_t* versions)
        : model_(model), integers_(std::move(integers)), used_(used), versions_(versions),
          rows_(static_cast<std::size_t>(model.depth) * model.most_rows) {}

    const Model& model() const { return model_; }
    const std::shared_ptr<const Integers>& integers() const { return integers_; }

    // The sign of the determinant of d + 1 <= 3 lines.
    int determinant(const Line* lines) {
        const int n = model_.d + 1, bits = 2 * n - 3;  // n^(n/2) <= 2^bits: 2, and 5.2 < 8
        int total = bits;
        for (int i = 0; i < n; ++i) total += lines[i].axis < 0 ? bits_of(lines[i].name) : 1;
        const int count = prepare(total);
        block_.resize(static_cast<std::size_t>(n) * n * count);
        for (int i = 0; i < n; ++i) write(lines[i], count, block_.data() + static_cast<std::size_t>(i) * n * count);
        for (int k = 0; k < count; ++k) {
            const Prime& mod = primes_[k];
            const Residue *a = block_.data() + k * n, *b = a + n * count, *c = n == 3 ? b + n * count : nullptr;
            const auto minor = [&](const Residue* p, const Residue* q, int i, int j) {
                return mod.minus(mod.times(p[i], q[j]), mod.times(p[j], q[i]));
            };
            sign_[k] = n == 2 ? minor(a, b, 0, 1)
                              : mod.plus(mod.plus(mod.times(a[0], minor(b, c, 1, 2)), mod.times(a[1], minor(b, c, 2, 0))),
                                         mod.times(a[2], minor(b, c, 0, 1)));
        }
        return primes_.sign(sign_.data(), count);
    }

    // POSITIVE or NEGATIVE if the row is constant, like `judge`; NORMAL if it is not.
    int constant(const Name& name) {
        const int n = model_.d + 1, count = prepare(bits_of(name));
        block_.resize(static_cast<std::size_t>(n) * count);
        write({name}, count, block_.data());
        int last = 0;
        for (int i = 0; i < n; ++i) {
            for (int k = 0; k < count; ++k) sign_[k] = block_[k * n + i];
            last = primes_.sign(sign_.data(), count);
            if (last != 0 && i < model_.d) return NORMAL;
        }
        return last > 0 || (last == 0 && name.piece < name.rival) ? POSITIVE : NEGATIVE;
    }

    // The side of the row on which a cell lies: POSITIVE, NEGATIVE, or UNDECIDED if the conditions given do not say.
    //
    // They are `tight` rows of the path and, in a box, side*(x_i - bound) >= 0 for each `held` input i.  If the row is a
    // combination of the conditions and a constant, all with coefficients >= 0, it is >= 0 wherever the conditions hold,
    // hence on the cell; if all are <= 0, it is <= 0 there.
    //
    // Modulo p, the multipliers y of the tight rows solve sum_j y_j*row_j = row in as many inputs as there are tight rows,
    // which the first prime chooses; in the other inputs that are not held nothing may be left.  What is left in a held
    // input is its coefficient, and what is left at the bounds is the constant.  Times the determinant (and the constant
    // times the denominator of the bounds) all of them are minors of one matrix of the tight rows and the row, whose last
    // column is their values at the bounds and may be 2^ends_bits times as large.
    int side(const Name& row, const std::vector<Name>& tight, const std::vector<std::pair<int, int>>& held) {
        const int d = model_.d, n = static_cast<int>(tight.size()), width = d + 1;
        if (!held.empty() && integers_->ends.size() == 0) return UNDECIDED;
        const int spread = std::bit_width(static_cast<unsigned>(n + 1));
        std::int64_t bits = bits_of(row) + integers_->ends_bits + ((n + 1) * spread + 1) / 2;
        for (const Name& name : tight) bits += bits_of(name);
        if (bits >= 1 << 26) return UNDECIDED;  // a million primes
        const int count = prepare(static_cast<int>(bits));
        const std::size_t line = static_cast<std::size_t>(width) * count;
        block_.resize((n + 1) * line);
        for (int j = 0; j < n; ++j) write({tight[j]}, count, block_.data() + j * line);
        write({row}, count, block_.data() + n * line);
        std::vector<bool> is_held(d, false);
        for (const auto& [i, side] : held) is_held[i] = true;
        open_.clear();
        for (int i = 0; i < d; ++i)
            if (!is_held[i]) open_.push_back(i);
        const int inputs = static_cast<int>(open_.size());
        const auto fill = [&](int k, int equations) {
            matrix_.resize(static_cast<std::size_t>(equations) * (n + 1));
            for (int i = 0; i < equations; ++i)
                for (int j = 0; j <= n; ++j) matrix_[i * (n + 1) + j] = block_[j * line + k * width + open_[i]];
        };
        fill(0, inputs);
        if (inputs < n || (inputs > n && solve(primes_[0], inputs, n) == 0)) return UNDECIDED;
        const int numbers = n + static_cast<int>(held.size()) + 1;
        result_.resize(static_cast<std::size_t>(numbers) * count);  // multipliers, coefficients, constant; [numbers, primes]
        determinant_.resize(count);
        for (int k = 0; k < count; ++k) {
            const Prime& mod = primes_[k];
            const auto entry = [&](int j, int i) { return block_[j * line + k * width + i]; };
            fill(k, n);
            const Residue det = determinant_[k] = solve(mod, n, n);
            if (det == 0) return UNDECIDED;  // singular, or one time in 2^61 as if it were
            const auto rest = [&](int i) {   // what the multipliers leave in a column, times the determinant
                Residue value = entry(n, i);
                for (int j = 0; j < n; ++j) value = mod.minus(value, mod.times(matrix_[j * (n + 1) + n], entry(j, i)));
                return mod.times(value, det);
            };
            for (int i = n; i < inputs; ++i)
                if (rest(open_[i]) != 0) return UNDECIDED;
            Residue* result = result_.data() + k;
            for (int j = 0; j < n; ++j, result += count) *result = mod.times(matrix_[j * (n + 1) + n], det);
            Residue constant = rest(d);
            if (integers_->ends.size() > 0) constant = mod.times(constant, end(mod, 0));
            for (const auto& [i, side] : held) {
                const Residue slope = rest(i);
                *result = side > 0 ? slope : mod.negated(slope);
                constant = mod.plus(constant, mod.times(slope, end(mod, side > 0 ? 1 + i : 1 + d + i)));
                result += count;
            }
            *result = constant;
        }
        const int orientation = primes_.sign(determinant_.data(), count);
        bool positive = false, negative = false;
        for (int i = 0; i < numbers; ++i) {
            const int sign = orientation * primes_.sign(result_.data() + static_cast<std::size_t>(i) * count, count);
            positive |= sign > 0;
            negative |= sign < 0;
            if (positive && negative) return UNDECIDED;
        }
        return positive ? POSITIVE : NEGATIVE;
    }

private:
    struct Row {
        std::int64_t version = -1;
        int primes = 0;
        std::vector<Residue> values;  // [primes, d + 1]
    };

    int bits_of(const Name& name) const {
        return name.layer < 0 ? integers_->domain_bits : integers_->layers[name.layer].bits;
    }
    Residue end(const Prime& mod, int i) const { return mod.of(integers_->ends.at(i), integers_->ends.width); }

    int prepare(int bits) {
        const int count = Primes::enough(bits);
        primes_.prepare(count);
        if (static_cast<int>(sign_.size()) < count) sign_.resize(count);
        return count;
    }

    // Residues of a line, [primes, d + 1].
    void write(const Line& line, int count, Residue* out) {
        const int n = model_.d + 1;
        const Name& name = line.name;
        const Residue *own = nullptr, *rival = nullptr;
        const Words* breakpoints = nullptr;
        std::size_t at = 0;
        if (line.axis < 0 && name.layer >= 0) {
            const int first = model_.row_of(name.layer, name.which);
            own = preactivation(name.layer, first + (name.rival < 0 ? 0 : name.piece), count);
            if (name.rival >= 0) rival = preactivation(name.layer, first + name.rival, count);
            at = static_cast<std::size_t>(name.which) * model_.layers[name.layer].pieces + name.piece;
            if (name.rival < 0) breakpoints = &integers_->layers[name.layer].breakpoint;
        }
        const Words& domain = integers_->domain;
        for (int k = 0; k < count; ++k) {
            const Prime& mod = primes_[k];
            Residue* row = out + k * n;
            for (int i = 0; i < n; ++i) {
                if (line.axis >= 0)
                    row[i] = i == line.axis ? mod.one : 0;
                else if (own)
                    row[i] = rival ? mod.minus(own[k * n + i], rival[k * n + i]) : own[k * n + i];
                else
                    row[i] = mod.of(domain.at(static_cast<std::size_t>(name.which) * n + i), domain.width);
            }
            if (breakpoints) row[n - 1] = mod.minus(row[n - 1], mod.of(breakpoints->at(at), breakpoints->width));
            if (name.sign < 0)
                for (int i = 0; i < n; ++i) row[i] = mod.negated(row[i]);
            if (line.turned) {
                std::swap(row[0], row[1]);
                row[0] = mod.negated(row[0]);
                row[2] = 0;
            }
        }
    }

    // A preactivation on the current cell, [primes, d + 1]; kept until its layer is entered anew (layers.hpp).
    const Residue* preactivation(int layer, int r, int count) {
        Row& row = rows_[static_cast<std::size_t>(layer) * model_.most_rows + r];
        const std::int64_t version = layer == 0 ? 0 : versions_[4 * layer + VERSION];
        if (row.version != version) row.primes = 0;
        row.version = version;
        if (row.primes >= count) return row.values.data();
        const int d = model_.d, n = d + 1, from = row.primes;
        const Integers::Layer& own = integers_->layers[layer];
        row.values.resize(static_cast<std::size_t>(n) * count);
        row.primes = count;
        Residue* values = row.values.data();
        for (int k = from; k < count; ++k) {
            for (int i = 0; i < d; ++i)
                values[k * n + i] =
                    layer > 0 ? 0 : primes_[k].of(own.weight.at(static_cast<std::size_t>(r) * d + i), own.weight.width);
            values[k * n + d] = primes_[k].of(own.bias.at(r), own.bias.width);
        }
        if (layer == 0) return values;
        const int before = layer - 1, units = model_.layers[before].units;
        const Integers::Layer& last = integers_->layers[before];
        const std::int32_t* pieces = used_ + static_cast<std::size_t>(layer) * model_.most_units;
        for (int u = 0; u < units; ++u) {
            const std::size_t weight = static_cast<std::size_t>(r) * units + u;
            const std::size_t piece = static_cast<std::size_t>(u) * model_.layers[before].pieces + pieces[u];
            const bool bent = !last.slope.is(0, piece), shifted = !last.intercept.is(0, piece);
            if (own.weight.is(0, weight) || !(bent || shifted)) continue;
            const int rank = model_.rank(before, u);
            const Residue* input =
                bent ? preactivation(before, model_.row_of(before, u) + (rank > 1 ? pieces[u] : 0), count) : nullptr;
            for (int k = from; k < count; ++k) {
                const Prime& mod = primes_[k];
                const Residue w = mod.of(own.weight.at(weight), own.weight.width);
                if (bent) {
                    const Residue factor =
                        last.slope.is(1, piece) ? w : mod.times(w, mod.of(last.slope.at(piece), last.slope.width));
                    for (int i = 0; i < n; ++i)
                        values[k * n + i] = mod.plus(values[k * n + i], mod.times(factor, input[k * n + i]));
                }
                if (shifted)
                    values[k * n + d] = mod.plus(
                        values[k * n + d], mod.times(w, mod.of(last.intercept.at(piece), last.intercept.width)));
            }
        }
        return values;
    }

    // Solve the n equations of `matrix_` [n, n + 1]: the solution is in the last column, and the determinant is returned,
    // 0 if there is no solution.  Of more equations, n with a solution are only chosen, and come first in `open_` then.
    //
    // Elimination without division: row := pivot*row - factor*main, and `scale` is the product of all such pivots.  Then
    // all pivots and `scale` are inverted at once, from the inverse of their product.
    Residue solve(const Prime& mod, int equations, int n) {
        const auto at = [&](int i, int j) -> Residue& { return matrix_[i * (n + 1) + j]; };
        Residue scale = mod.one, product = mod.one;
        bool odd = false;
        products_.resize(n);
        for (int column = 0; column < n; ++column) {
            int best = column;
            while (best < equations && at(best, column) == 0) ++best;
            if (best == equations) return 0;
            if (best != column)
                for (int j = column; j <= n; ++j) std::swap(at(column, j), at(best, j));
            if (equations > n) std::swap(open_[column], open_[best]);
            odd ^= best != column;
            const Residue pivot = at(column, column);
            for (int i = column + 1; i < equations; ++i) {
                const Residue factor = at(i, column);
                if (factor == 0) continue;
                scale = mod.times(scale, pivot);
                for (int j = column + 1; j <= n; ++j)
                    at(i, j) = mod.minus(mod.times(at(i, j), pivot), mod.times(factor, at(column, j)));
            }
            products_[column] = product;
            product = mod.times(product, pivot);
        }
        Residue inverse = mod.inverse(mod.times(product, scale));
        const Residue det = mod.times(mod.times(product, product), inverse);
        inverse = mod.times(inverse, scale);  // of the product of the pivots
        for (int i = n; i--;) {
            for (int j = i + 1; j < n; ++j) at(i, n) = mod.minus(at(i, n), mod.times(at(i, j), at(j, n)));
            at(i, n) = mod.times(at(i, n), mod.times(inverse, products_[i]));
            inverse = mod.times(inverse, at(i, i));
        }
        return odd ? mod.negated(det) : det;
    }

    const Model& model_;
    std::shared_ptr<const Integers> integers_;
    const std::int32_t* used_;     // State::used
    const std::int64_t* versions_;  // State::memory
    Primes primes_;
    std::vector<Row> rows_;
    std::vector<int> open_;  // inputs that are not held
    std::vector<Residue> block_, matrix_, result_, determinant_, products_, sign_;
};

}  // namespace linregions
