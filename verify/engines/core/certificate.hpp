// The tree of a certificate (verify/CERTIFICATE.md), written while the cells are divided: what proves a decision is in hand
// when it is made.
//
// Cells are simplex dictionaries in every dimension.  A node is looked at once: its layer is entered, units that take one
// piece there are settled, each with a line; then it is cut by the next unit, and its children take its place on the
// stack, that of the smallest piece on top.  Nothing at a node depends on more than the cuts above it, so that a part of
// the tree has the same lines in whatever process it is written.
//
// Every line is proved by the error bounds of proofs.hpp: a witness is inside, rounded multipliers leave a negative rest
// between the bounds of the cell, or the rows at a vertex have a dependency with positive multipliers.  What floats cannot
// prove stops the tree: ASK about a unit, or EXACT, where all that is below is left to exact arithmetic.
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>
#include <numeric>

#include "center.hpp"
#include "certificate_tree.hpp"
#include "environment.hpp"
#include "examine.hpp"
#include "layers.hpp"

namespace linregions {

template <int D>
class Certificate final : public CertificateTree {
    enum : int { LEAF_LINE = 0, EMPTY = 1, OPEN = -1, BOUND = -2, BETWEEN = -3 };
    enum class Stage : int { DOMAIN_ROWS, CHILD, ENTER, SETTLE, LOOK };
    static constexpr int MOST_DIMENSIONS = 4, LEAST_UNITS = 4;  // where bounds of the cell are worth their lines
    static constexpr double FINENESS = 16.0;  // a bound is so many times finer than the cell is wide
    static constexpr int COARSE = 4;  // a point with a denominator of 2 to this power is as good as one in the middle
    static constexpr int FINEST = 200;
    static constexpr double WEIGHT = 1e-9;  // a smaller multiplier is proposed to be zero

    struct Node {
        int layer = 0, rows = 0, height = 0;  // rows of its path, and the number that the file gives to the next one
        int depth = 0;  // cuts above it
        Cut cut;        // the last of them
        std::uint64_t kept = 0;  // which of the rows of the piece are on the path
        Stage stage = Stage::DOMAIN_ROWS;
        int position = 0, left = 0;  // of the list of its units that are not settled
    };

public:
    Certificate(const Start& start, const Naming& naming)
        : model_(start.model), state_(start, 1), geo_(start), naming_(naming), center_(start.d, start.most), node_(start.slots),
          number_(start.most), weight_(start.most), low_(static_cast<std::size_t>(start.slots) * start.d),
          high_(static_cast<std::size_t>(start.slots) * start.d), point_(start.d), rounded_(start.d) {
        Environment environment;
        served_ = begins_inside(geo_, state_);
        for (int i = 0; i < d(); ++i) low_[i] = start.lower[i], high_[i] = start.upper[i];
    }

    bool served() const override { return served_; }
    int height() const override { return top_ + 1; }
    void drop() override {
        --top_;
        asking_ = answered_ = false;
    }
    std::vector<Cut> children() const override {
        std::vector<Cut> result;
        for (int slot = top_; slot >= 0 && static_cast<int>(result.size()) < children_; --slot) result.push_back(node_[slot].cut);
        return result;
    }
    std::vector<double> witness() const override {
        const double* point = geo_.witness.data() + static_cast<std::size_t>(top_) * d();
        return {point, point + d()};
    }
    std::vector<Cut> cuts() const override {
        const Node& node = node_[top_];
        std::vector<Cut> result(cuts_.begin(), cuts_.begin() + std::max(0, node.depth - 1));
        if (node.depth) result.push_back(node.cut);
        return result;
    }
    std::vector<std::vector<int>> pieces() const override {
        const Node& node = node_[top_];
        std::vector<std::vector<int>> result;
        for (int layer = 0; layer <= node.layer && layer < model_->depth; ++layer) {
            const bool begun = layer < node.layer || node.stage == Stage::SETTLE || node.stage == Stage::LOOK;
            auto& line = result.emplace_back(begun ? model_->layers[layer].units : 0);
            const std::int32_t* base = state_.base.data() + static_cast<std::size_t>(layer) * state_.units_;
            for (std::size_t unit = 0; unit < line.size(); ++unit) line[unit] = base[unit];
        }
        if (node.layer < model_->depth && !result.back().empty()) {
            const std::int32_t* remaining = state_.remaining.data() + static_cast<std::size_t>(top_) * state_.hyperplanes_;
            for (int at = 0; at < kept_; ++at) result.back()[remaining[at]] = -1;
            for (int at = node.position; at < node.left; ++at) result.back()[remaining[at]] = -1;
        }
        return result;
    }
    int asked() const override { return asked_; }
    bool answer(const std::string& lines, int piece, const std::vector<int>& empty) override {
        if (!asking_ || piece < CUTS || piece >= (asked_ < 0 ? 1 : pieces_of(asked_))) return false;
        asking_ = false;
        answered_ = true;
        answer_ = piece;
        answer_lines_ = lines;
        empty_ = empty;
        return true;
    }

    std::pair<std::vector<int>, bool> proposal() override {
        Environment environment;
        std::vector<int> numbers;
        const int m = node_[top_].rows;
        if (!asking_ || asked_ < 0 || !is_binary(asked_) || own_row(asked_, 1, 0) != NORMAL) return {numbers, false};
        geo_.express(top_, state_.row_center.data(), geo_.goal.data());
        const bool positive =
            row_value<D>(state_.row_center.data(), state_.row_error.data(), geo_.witness_of(top_), d()).first > 0.0;
        if (!positive)
            for (int j = 0; j <= d(); ++j) geo_.goal[j] = -geo_.goal[j];
        if (geo_.descend(top_, m, geo_.goal.data(), -INF)) return {numbers, positive};
        double largest = 0.0;
        for (int j = 0; j < d(); ++j) largest = larger(largest, std::fabs(geo_.goal[j]));
        for (int j = 0; j < d(); ++j)
            if (std::fabs(geo_.goal[j]) > WEIGHT * largest && !geo_.is_free(geo_.nonbasic_of(top_)[j]))
                numbers.push_back(name_of(top_, j));
        return {numbers, positive};
    }

    Step look() override {
        Environment environment;
        return step();
    }
    Step run(int floor, double seconds, std::size_t bytes) override {
        Environment environment;
        Clock clock(seconds, state_.tests);
        while (top_ >= floor) {
            const Step found = step();
            if (found == Step::ASK || found == Step::EXACT) return found;
            if (text_.size() >= bytes || clock.is_over(state_.tests)) return Step::PAUSED;
        }
        return Step::DONE;
    }
    Step stop() override {
        Environment environment;
        const Step found = asking_ ? Step::ASK : prepare();
        if (found == Step::ASK || found == Step::EXACT) return found;
        return write_witness(found == Step::LEAF ? LEAF_LINE : OPEN) ? found : Step::EXACT;
    }

private:
    int d() const { return geo_.d(); }
    double* low_of(int slot) { return low_.data() + static_cast<std::size_t>(slot) * d(); }
    double* high_of(int slot) { return high_.data() + static_cast<std::size_t>(slot) * d(); }

    // ---- the rows of a piece ----

    bool is_binary(int unit) const { return hyperplanes_[unit] == 1 && model_->rank(layer_, unit) == 1; }
    int pieces_of(int unit) const {
        const int rank = model_->rank(layer_, unit);
        return rank > 1 ? rank : hyperplanes_[unit] + 1;
    }
    int rows_of(int unit, int piece) const {
        const int rank = model_->rank(layer_, unit);
        return rank > 1 ? rank - 1 : (piece > 0) + (piece < hyperplanes_[unit]);
    }
    // Make a row of the piece the row under test: NORMAL, its side if it is constant, or UNDECIDED.
    int own_row(int unit, int piece, int at) {
        if (model_->rank(layer_, unit) > 1) return rival_row(*model_, state_, layer_, unit, piece, at + (at >= piece));
        const bool above = piece > 0 && at == 0;
        const int kind = scalar_row(*model_, state_, layer_, first_[unit] + (above ? piece - 1 : piece));
        if (above) return kind;
        for (int k = 0; k <= d(); ++k) state_.row_center[k] = -state_.row_center[k];
        state_.row_name.sign = -1;
        return kind == POSITIVE ? NEGATIVE : kind == NEGATIVE ? POSITIVE : kind;
    }
    // The row under test becomes row m of the path, with that number in the file.
    void push(int m, int number) {
        push_row(state_, m);
        number_[m] = number;
        const Name& name = state_.row_name;
        weight_[m] = (name.layer < 0 ? naming_.row_weight[name.which] : naming_.layer_weight[name.layer]) / state_.row_scale;
    }
    // Where hyperplanes of a layer begin, and how many each of its units has.
    void index(int layer) {
        layer_ = layer;
        first_.assign(model_->layers[layer].units, 0);
        hyperplanes_.assign(model_->layers[layer].units, 0);
        for (int h = model_->layers[layer].hyperplanes - 1; h >= 0; --h) {
            first_[model_->unit_of(layer, h)] = h;
            ++hyperplanes_[model_->unit_of(layer, h)];
        }
    }

    // ---- lines ----

    void put(std::int64_t number) {
        char digits[24];
        if (!text_.empty() && text_.back() != '\n') text_ += ',';
        text_.append(digits, std::to_chars(digits, digits + 24, number).ptr);
    }
    void put_whole(double number) {  // which may be larger
        if (std::fabs(number) < 0x1p62) return put(static_cast<std::int64_t>(number));
        char digits[400];
        if (text_.back() != '\n') text_ += ',';
        text_.append(digits, std::snprintf(digits, sizeof digits, "%.0f", number));
    }
    void end() { text_ += '\n'; }

    // The number of the condition in a column of the dictionary.
    int name_of(int slot, int j) {
        const int variable = geo_.nonbasic_of(slot)[j];
        if (variable >= d()) return number_[variable - d()];
        return -1 - naming_.wall[2 * variable + (geo_.side_of(slot)[variable] < 0.0)];
    }

    // Multipliers of few digits for -orientation*row and path rows, so that the sum is negative between the bounds of the
    // cell, proved: own_, and those of the columns in whole_.
    bool round_multipliers(int slot, int bounds, int orientation, double own) {
        if (!geo_.boxed) return false;
        double *rest = geo_.matrix_row(0), *error = geo_.matrix_error(0);
        whole_.assign(d(), 0);
        for (const int digits : {1, 2, 3, 4, 6, 8, 12, 18, 24, 32, 40}) {
            const double scale = std::ldexp(1.0, digits), factor = scale * own;
            for (int k = 0; k <= d(); ++k) {
                rest[k] = orientation * factor * state_.row_center[k];
                error[k] = factor * (state_.row_error[k] + 8 * UNIT * std::fabs(state_.row_center[k]));
            }
            std::int64_t divisor = own_ = std::int64_t(1) << digits;
            for (int j = 0; j < d(); ++j) {
                const int r = geo_.nonbasic_of(slot)[j] - d();
                if (r < 0) continue;
                const double y = std::rint(larger(geo_.goal[j], 0.0) * factor / weight_[r]);
                if (!(y < 0x1p52)) return false;
                whole_[j] = static_cast<std::int64_t>(y);
                divisor = std::gcd(divisor, whole_[j]);
                if (y == 0.0) continue;
                const double times = y * weight_[r];
                const double *row = state_.row_of_path(r), *off = state_.error_of_path(r);
                for (int k = 0; k <= d(); ++k) {
                    rest[k] -= times * row[k];
                    error[k] += times * (off[k] + 8 * UNIT * std::fabs(row[k]));
                }
            }
            // at most d + 1 terms are added, which the errors of the rows allow for; their own are added likewise
            if (!positive_on_box(geo_, rest, error, low_of(bounds), high_of(bounds))) continue;
            own_ /= divisor;
            for (auto& y : whole_) y /= divisor;
            return true;
        }
        return false;
    }

    // A line that says that a piece is empty since orientation*row >= 0 on the cell of the slot, where -orientation*row is
    // row `at` of the `rows` that the piece has; rows of the path from number `height` on are earlier ones of these.
    bool write_empty(int slot, int bounds, int unit, int piece, int at, int rows, int height, int orientation) {
        if (round_multipliers(slot, bounds, orientation, naming_.layer_weight[layer_] / state_.row_scale)) {
            put(EMPTY), put(unit), put(piece);
            for (int k = 0; k < rows; ++k) {
                std::int64_t y = k == at ? own_ : 0;
                for (int j = 0; j < d(); ++j)
                    if (whole_[j] && name_of(slot, j) == height + k) y = whole_[j];
                put(y);
            }
            for (int j = 0; j < d(); ++j)
                if (whole_[j] && name_of(slot, j) < height) put(name_of(slot, j)), put(whole_[j]);
            end();
            return true;
        }
        if (d() > LARGEST_SYSTEM) return false;
        const int verdict = basis_proof(geo_, state_, slot, orientation);
        if (verdict < 0 || (verdict == 0 && !layer_proof(geo_, *model_, state_, slot, orientation))) return false;
        put(EMPTY), put(unit), put(-1 - piece);
        for (int j = 0; j < geo_.certain; ++j) put(name_of(slot, geo_.columns[j]));
        put(height + at);
        end();
        return true;
    }

    // A leaf with a short point of the cell on top.
    bool write_witness(int kind) {
        const int m = node_[top_].rows;
        const double *lower = geo_.lower.data(), *upper = geo_.upper.data();
        const double* rows = state_.path_center.data();
        const auto accept = [&](const double* at) { return inside(geo_, at, state_, m); };
        const auto coarsest = [&](const double* point, int most) {
            return center_.coarsest(lower, upper, m, rows, point, rounded_.data(), 0, most, accept);
        };
        for (int i = 0; i < d(); ++i) point_[i] = geo_.witness_of(top_)[i];
        int power = coarsest(point_.data(), COARSE + 1);
        if (power > COARSE) {
            center_.recenter(lower, upper, m, rows, point_.data());
            power = coarsest(point_.data(), FINEST);
            if (power == FINEST) power = coarsest(geo_.witness_of(top_), FINEST);  // the center is none, or too far
            if (power == FINEST) return false;
        }
        const double scale = std::ldexp(1.0, power);
        put(kind);
        for (int i = 0, column = 0; i < naming_.dimension; ++i)
            if (column < d() && naming_.columns[column] == i)
                put_whole(rounded_[column++] * scale);
            else
                put(0);
        put_whole(scale);
        end();
        return true;
    }

    // ---- bounds of the cell ----

    bool pays(const Node& node) const {
        return geo_.boxed && d() <= MOST_DIMENSIONS && node.left >= LEAST_UNITS * d();
    }

    // Lines with bounds of the coordinates, and the units that take one piece between them, if these are more.
    void enclose_cell(Node& node) {
        const int m = node.rows;
        const std::size_t before = text_.size();
        double *low = low_of(top_), *high = high_of(top_);
        for (int i = 0; i < d(); ++i) old_low_[i] = low[i], old_high_[i] = high[i];
        double least[2 * MOST_DIMENSIONS];
        int lines = 0;
        for (int k = 0; k < 2 * d(); ++k) least[k] = extreme(m, k / 2, k % 2);
        for (int k = 0; k < 2 * d(); ++k) {
            const int i = k / 2, above = k % 2 == 0;
            const double width = old_high_[i] - old_low_[i] - least[2 * i] - least[2 * i + 1];
            if (!(0.0 < width && width < least[k] * 4.0)) continue;
            const int e = static_cast<int>(larger(0.0, std::ceil(std::log2(FINENESS / width))));
            const double end_ = std::ldexp(above ? old_high_[i] - least[k] : old_low_[i] + least[k], e);
            const double n = above ? std::ceil(end_ + 0.25) : std::floor(end_ - 0.25), bound = std::ldexp(n, -e);
            if (e > naming_.most_fine || !(std::fabs(n) < 0x1p52) || !(low[i] < bound && bound < high[i])) continue;
            extreme(m, i, k % 2);  // the dictionary stands there again
            state_.row_center[d()] = above ? bound : -bound;
            for (int j = 0; j <= d(); ++j) state_.row_error[j] = 2 * (d() + 6) * UNIT * std::fabs(state_.row_center[j]);
            if (!round_multipliers(top_, top_, 1, 1.0)) continue;
            const int at = naming_.columns[i];
            put(BOUND), put(above ? at : -1 - at), put(static_cast<std::int64_t>(n)), put(e), put(own_);
            for (int j = 0; j < d(); ++j)
                if (whole_[j]) put(name_of(top_, j)), put(whole_[j]);
            end();
            ++lines;
            (above ? high : low)[i] = bound;
        }
        std::int32_t* remaining = state_.remaining_of(top_);
        std::vector<std::pair<int, int>> settled;  // piece, unit
        for (int at = 0; at < node.left; ++at) {
            const int piece = between(remaining[at]);
            if (piece >= 0) settled.emplace_back(piece, remaining[at]);
        }
        if (static_cast<int>(settled.size()) <= lines) {
            text_.resize(before);
            for (int i = 0; i < d(); ++i) low[i] = old_low_[i], high[i] = old_high_[i];
            return;
        }
        std::sort(settled.begin(), settled.end());
        int last = -1;
        for (const auto& [piece, unit] : settled) {
            if (piece != last) {
                if (last >= 0) end();
                put(BETWEEN), put(last = piece);
            }
            put(unit);
            state_.base_at(layer_, unit) = piece;
        }
        end();
        int left = 0;
        for (int at = 0; at < node.left; ++at) {
            const bool open = std::none_of(settled.begin(), settled.end(), [&](const auto& s) { return s.second == remaining[at]; });
            if (open) remaining[left++] = remaining[at];
        }
        node.left = left;
    }

    // About the least value of high - x_i (side 0) or x_i - low on the cell; the row is under test then.
    double extreme(int m, int i, int side) {
        for (int k = 0; k <= d(); ++k) state_.row_center[k] = state_.row_error[k] = 0.0;
        state_.row_center[i] = side ? 1.0 : -1.0;
        state_.row_center[d()] = side ? -old_low_[i] : old_high_[i];
        geo_.express(top_, state_.row_center.data(), geo_.goal.data());
        return geo_.descend(top_, m, geo_.goal.data(), -INF) ? -INF : geo_.goal[d()];
    }

    // The piece whose rows are all positive between the bounds, proved; -1 if there is none.
    int between(int unit) {
        for (int piece = 0; piece < pieces_of(unit); ++piece) {
            int normal = 0;
            bool all = true;
            for (int at = 0; all && at < rows_of(unit, piece); ++at) {
                const int kind = own_row(unit, piece, at);
                normal += kind == NORMAL;
                all = kind == POSITIVE || (kind == NORMAL && positive_on_box(geo_, state_.row_center.data(), state_.row_error.data(),
                                                                             low_of(top_), high_of(top_)));
            }
            if (all) return normal ? piece : -1;  // a unit without any is not open
        }
        return -1;
    }

    // ---- decisions ----

    // What a unit does to the cell on top: the piece that it takes, with lines; CUTS; or UNSURE.
    //
    // If it cuts and `divide`, the parts take the place of the cell.
    static constexpr int CUTS = -1, UNSURE = -2;
    int decide(int unit, bool divide) {
        Node& node = node_[top_];
        if (answered_) {
            answered_ = false;
            if (answer_ != CUTS) text_ += answer_lines_;
            if (answer_ != CUTS || !divide) return answer_;
            return is_binary(unit) ? UNSURE : decide_by_pieces(unit, true, empty_);
        }
        if (!is_binary(unit)) return decide_by_pieces(unit, divide, {});
        const int m = node.rows, kind = own_row(unit, 1, 0);
        if (kind == POSITIVE || kind == NEGATIVE) return kind == POSITIVE;
        if (kind != NORMAL) return UNSURE;
        ++state_.tests;
        const int verdict = examine(geo_, *model_, state_, nullptr, top_, m);
        if (verdict == POSITIVE || verdict == NEGATIVE) {
            const int piece = verdict == POSITIVE;
            const bool written = write_empty(top_, top_, unit, 1 - piece, 0, 1, node.height, piece ? 1 : -1);
            return written ? piece : UNSURE;
        }
        if (verdict != CUT) return UNSURE;
        if (divide) {
            push(m, node.height);
            linregions::divide(geo_, top_, m, top_, top_ + 1);
            write_cut({{1, 1}, {0, 1}}, unit);
        }
        return CUTS;
    }

    // The same for a unit of any number of pieces: the cell is cut down to each of them, without those that are known to
    // be empty by the last answer.
    int decide_by_pieces(int unit, bool divide, const std::vector<int>& known) {
        const Node node = node_[top_];
        const std::size_t before = text_.size();
        std::vector<std::pair<int, std::uint64_t>> parts;  // pieces, with the rows of theirs that are kept
        int candidates = 0;
        for (int piece = pieces_of(unit) - 1; piece >= 0; --piece) {
            const int rows = rows_of(unit, piece), slot = top_ + 1 + static_cast<int>(parts.size());
            std::vector<int> live;  // rows that are not constant
            bool empty = false;
            for (int at = 0; at < rows; ++at) {
                const int kind = own_row(unit, piece, at);
                if (kind == UNDECIDED) return text_.resize(before), UNSURE;
                if (kind == NORMAL) live.push_back(at);
                empty = empty || kind == NEGATIVE;
            }
            if (empty) continue;
            ++candidates;
            if (std::find(known.begin(), known.end(), piece) != known.end()) continue;
            geo_.copy_slot(top_, slot, node.rows);
            int m = node.rows;
            std::uint64_t kept = 0;
            for (std::size_t at = 0; at < live.size() && !empty; ++at) {
                own_row(unit, piece, live[at]);
                state_.slot[slot].phase = Phase::RESTRICT;
                ++state_.tests;
                const int verdict = examine(geo_, *model_, state_, nullptr, slot, m);
                state_.slot[slot].phase = Phase::ENTER;
                if (verdict == UNDECIDED) return text_.resize(before), UNSURE;
                if (verdict == CUT) {
                    push(m, node.height + static_cast<int>(at));
                    keep_positive(geo_, slot, m++);
                    kept |= std::uint64_t(1) << live[at];
                }
                if (verdict == NEGATIVE) {
                    empty = true;
                    if (!write_empty(slot, top_, unit, piece, static_cast<int>(at), static_cast<int>(live.size()), node.height, -1))
                        return text_.resize(before), UNSURE;
                }
            }
            if (!empty) parts.emplace_back(piece, kept);
        }
        if (parts.empty()) return text_.resize(before), UNSURE;
        if (parts.size() == 1) {
            if (candidates == 1) text_.resize(before);  // the unit is not open
            return parts[0].first;
        }
        if (!divide) {
            text_.resize(before);
            return CUTS;
        }
        if (!known.empty()) text_ += answer_lines_;
        for (std::size_t i = 0; i < parts.size(); ++i) {  // one slot down
            const int slot = top_ + static_cast<int>(i);
            geo_.copy_slot(slot + 1, slot, node.rows + static_cast<int>(std::popcount(parts[i].second)));
        }
        write_cut(parts, unit);
        return CUTS;
    }

    // The line of a cut, and nodes for the parts, whose geometry is in the slots from the top on; the last is the new top.
    void write_cut(const std::vector<std::pair<int, std::uint64_t>>& parts, int unit) {
        const int base = top_;
        Node node = node_[base];
        put(static_cast<std::int64_t>(parts.size())), put(unit);
        end();
        ++node.depth;
        node.stage = Stage::CHILD;
        ++node.position;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const int slot = base + static_cast<int>(i);
            node.cut = {node.layer, unit, parts[i].first};
            node.kept = parts[i].second;
            node_[slot] = node;
            if (slot == base) continue;
            for (int at = node.position; at < node.left; ++at)
                state_.remaining_of(slot)[at] = state_.remaining_of(base)[at];
            for (int i_ = 0; i_ < d(); ++i_) low_of(slot)[i_] = low_of(base)[i_], high_of(slot)[i_] = high_of(base)[i_];
        }
        children_ = static_cast<int>(parts.size());
        top_ = base + children_ - 1;
    }

    // ---- nodes ----

    Step ask(int what) {
        asked_ = what;
        asking_ = true;
        return Step::ASK;
    }

    // Settle the units of the node on top as far as they take one piece: LEAF if the last layer is done, CUT if units are
    // left that may cut the cell.
    Step prepare() {
        Node& node = node_[top_];
        if (node.stage == Stage::DOMAIN_ROWS) {
            state_.slot[0].phase = Phase::DOMAIN_ROWS;
            for (; node.position < state_.start.domain_rows; ++node.position) {
                int verdict = std::exchange(answered_, false) ? (answer_ == CUTS ? UNDECIDED : POSITIVE) : NORMAL;
                if (verdict == UNDECIDED) return Step::EXACT;
                if (verdict == NORMAL) {
                    verdict = domain_row(state_, node.position);
                    if (verdict == NORMAL) verdict = examine(geo_, *model_, state_, nullptr, 0, node.rows);
                    if (verdict == UNDECIDED || verdict == NEGATIVE) return ask(-1 - node.position);
                }
                if (verdict != CUT) continue;
                push(node.rows, -1 - naming_.row_number[node.position]);
                keep_positive(geo_, 0, node.rows++);
            }
            state_.slot[0].phase = Phase::ENTER;
            node.stage = Stage::ENTER;
        }
        if (node.stage == Stage::CHILD) {  // the rows of its piece join the path
            const auto [layer, unit, piece] = node.cut;
            index(layer);
            cuts_.resize(node.depth - 1);
            cuts_.push_back(node.cut);
            state_.base_at(layer, unit) = piece;
            for (int at = 0; at < rows_of(unit, piece); ++at) {
                const int kind = own_row(unit, piece, at);
                if (node.kept >> at & 1) push(node.rows++, node.height);
                node.height += kind == NORMAL;
            }
            node.stage = Stage::LOOK;
        } else if (node.layer < model_->depth) {
            index(node.layer);
        }
        while (true) {
            if (node.stage == Stage::LOOK && node.position == node.left) {
                ++node.layer;
                node.stage = Stage::ENTER;
            }
            if (node.stage == Stage::ENTER) {
                if (node.layer == model_->depth) return Step::LEAF;
                index(node.layer);
                state_.memory[4 * node.layer + SOURCE] = -1;  // sums do not depend on the cells before
                if (!enter_layer(*model_, state_, node.layer)) return Step::EXACT;
                node.position = node.left = 0;
                for (int unit = 0; unit < model_->layers[node.layer].units; ++unit) {
                    state_.base_at(node.layer, unit) = 0;
                    if (hyperplanes_[unit] > 0) state_.remaining_of(top_)[node.left++] = unit;
                }
                kept_ = 0;
                node.stage = Stage::SETTLE;
                if constexpr (D <= MOST_DIMENSIONS)
                    if (pays(node)) enclose_cell(node);
            }
            if (node.stage == Stage::LOOK) return Step::CUT;
            for (; node.position < node.left; ++node.position) {
                const int unit = state_.remaining_of(top_)[node.position], piece = decide(unit, false);
                if (piece == UNSURE) return ask(unit);
                if (piece == CUTS)
                    state_.remaining_of(top_)[kept_++] = unit;
                else
                    state_.base_at(node.layer, unit) = piece;
            }
            node.left = std::exchange(kept_, 0);
            node.position = 0;
            node.stage = Stage::LOOK;
        }
    }

    Step step() {
        if (asking_) return Step::ASK;
        while (true) {
            const Step found = prepare();
            if (found == Step::LEAF) {
                if (!write_witness(LEAF_LINE)) return Step::EXACT;
                ++leaves_;
                --top_;
                children_ = 0;
                return found;
            }
            if (found != Step::CUT) return found;
            Node& node = node_[top_];
            const int unit = state_.remaining_of(top_)[node.position];
            const bool told = answered_ && answer_ == CUTS;
            const int piece = decide(unit, true);
            if (piece == CUTS) return Step::CUT;
            if (piece == UNSURE) return told ? Step::EXACT : ask(unit);
            state_.base_at(node.layer, unit) = piece;
            ++node.position;
        }
    }

    std::shared_ptr<const Model> model_;
    State<D> state_;
    Simplex<D> geo_;
    Naming naming_;
    Center center_;
    std::vector<Node> node_;
    std::vector<Cut> cuts_;  // above the node that was looked at last
    int top_ = 0, layer_ = 0, asked_ = 0, answer_ = 0, kept_ = 0, children_ = 0;
    bool served_ = true, asking_ = false, answered_ = false;
    std::string answer_lines_;
    std::vector<int> empty_;                // pieces, by the last answer
    std::vector<int> first_, hyperplanes_;  // of the units of the layer at hand
    std::vector<int> number_;               // [most] of the rows of the path
    std::vector<double> weight_;            // [most] what the file's row is of the core's
    Array<double> low_, high_;              // [slots, d] bounds of the cells
    double old_low_[MOST_DIMENSIONS], old_high_[MOST_DIMENSIONS];
    Array<double> point_, rounded_;
    std::int64_t own_ = 0;              // multipliers: of the row under test,
    std::vector<std::int64_t> whole_;   // and of the columns
};

}  // namespace linregions
