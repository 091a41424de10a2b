// A traversal as the module's callers see it, whatever its geometry and dimension, and whether it writes a certificate.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "exact.hpp"

namespace linregions {

using Cut = std::tuple<int, int, int>;  // layer, unit, piece

// The lines of a certificate that were written last, and where the traversal was then.
struct Written {
    std::vector<char> text;
    std::size_t length = 0;     // of what is written of it
    std::vector<Cut> children;  // of the cell that was cut, or none of a leaf; the first is on top of the stack
    std::vector<Cut> path;      // the cuts above the cell on top
};

class Traversal {
public:
    // Where to stop: when all is done; after one leaf or cut; before that, where the units of the layer are settled.
    enum class Until : int { DONE, NODE, SETTLED };

    virtual ~Traversal() = default;
    // Whether the starting point is proved to lie inside the domain.
    bool served() const { return served_; }
    // Go on until only `floor` cells are left, a question must be asked, the buffer is full or the time is over.
    Status run(double seconds, int floor = 0, Until until = Until::DONE) { return status_ = go(seconds, floor, until); }
    // Why it stopped last.
    Status status() const { return status_; }
    // Cells on the stack.
    int height() const { return all_.top - all_.bottom + 1; }
    // A traversal of the cell at the bottom of the stack, often half of what is left; null if only one is left.
    virtual std::unique_ptr<Traversal> split_off() = 0;

    // ---- what the caller needs to answer a question, and the answer ----

    // The unit that is asked about, or -1 - row of the domain.
    int asked() const { return asked_; }
    Slot slot() const { return all_.slot[all_.top]; }
    Name path_name(int r) const { return all_.path_name[r]; }
    // Of each layer that the cell on top has begun, the pieces of the units; -1 for units that are not decided.
    std::vector<std::vector<int>> pieces() const {
        const Slot& top = all_.slot[all_.top];
        std::vector<std::vector<int>> result;
        const bool begun = top.phase == Phase::FILTER || top.phase == Phase::SPLIT;
        for (int layer = 0; layer < top.layer + begun; ++layer)
            for (int unit = result.emplace_back().size(); unit < model_->layers[layer].units; ++unit)
                result.back().push_back(all_.piece_at(layer, unit));
        if (!begun) return result;
        const std::int32_t* remaining = all_.remaining_of(all_.top);
        for (int at = 0; at < top.left; ++at)
            if (at < top.cutting || at >= top.position) result.back()[remaining[at]] = -1;
        return result;
    }
    virtual std::vector<double> witness() = 0;
    // Rows that seem to prove a side of the binary unit asked about, as the file numbers them, and whether that is the
    // positive one.
    virtual std::pair<std::vector<int>, bool> proposal() = 0;
    // These pieces of the unit are empty, which the lines prove; if one is left, the unit takes it.  Of a row of the domain,
    // piece 0 is its other side.  False if there are no such pieces, or all are empty.
    bool answer(const std::string& lines, const std::vector<int>& empty) {
        std::vector<char> gone(asked_ < 0 ? 2 : model_->pieces_of(slot().layer, asked_));
        for (const int piece : empty) {
            if (piece < 0 || piece >= static_cast<int>(gone.size())) return false;
            gone[piece] = 1;
        }
        if (std::find(gone.begin(), gone.end(), 0) == gone.end()) return false;
        gone_ = std::move(gone);
        answer_lines_ = lines;
        answered_ = true;
        return true;
    }

    // The network and the domain in integers, with which it decides from then on what floats cannot; false if they are
    // not of its sizes.
    bool give(std::shared_ptr<const Integers> integers) {
        if (!integers->fit(*model_, all_.start.domain_rows, all_.start.boxed)) return false;
        exact_ = std::make_unique<Exact>(*model_, std::move(integers), all_.used.data(), all_.memory.data());
        return true;
    }
    Exact* exact() const { return exact_.get(); }  // null before

    // Move the witness of the current cell to that share of the way to it from the vertex where the row is least, if it is
    // still proved to be inside: for tests, since the place of a witness decides nothing.
    virtual bool move_witness(const std::vector<double>& row, double share) = 0;
    void drop_cell() {
        --all_.top;
        answered_ = false;
        status_ = Status::PAUSED;
    }
    void add(std::int64_t regions) { all_.count += regions; }

    // ---- what is found ----

    std::int64_t count() const { return all_.count; }
    virtual std::int64_t pivots() const = 0;
    // Numbers of its steps.
    std::vector<std::pair<const char*, std::int64_t>> work() const {
        return {{"tests", all_.tests},
                {"pivots", pivots()},
                {"proved_on_the_box", all_.proved_on_the_box},
                {"proved_by_basis", all_.proved_by_basis},
                {"proved_by_layer", all_.proved_by_layer},
                {"exact_signs", all_.exact_signs},
                {"exact_rows", all_.exact_rows}};
    }
    // The share of the work that is left; a cell that waits is taken to be half as large as what it was cut from.
    double left() const {
        int most = 0, domain = 0;
        for (int s = all_.bottom; s <= all_.top; ++s) most = std::max(most, all_.slot[s].rows);
        for (int r = 0; r < most; ++r) domain += all_.path_name[r].layer < 0;
        double total = 0.0;
        for (int s = all_.bottom; s <= all_.top; ++s) total += std::ldexp(1.0, domain - all_.slot[s].bounding());
        return smaller(total, 1.0);
    }
    // Patterns in the buffer, which is empty from then on: one line for each, how many, and how many units each has.
    std::tuple<const std::int16_t*, int, int> take_leaves() {
        return {all_.leaves.data(), std::exchange(all_.written, 0), model_->all_units};
    }
    virtual Written* written() = 0;  // null if no certificate is written

protected:
    Traversal(std::shared_ptr<const Model> model, AnyState& all) : model_(std::move(model)), all_(all) {}
    virtual Status go(double seconds, int floor, Until until) = 0;

    Status ask(int what) {
        asked_ = what;
        return Status::ASK;
    }

    std::shared_ptr<const Model> model_;
    std::unique_ptr<Exact> exact_;  // null until integers are given
    bool served_ = true;
    int asked_ = 0;
    bool answered_ = false;   // and the answer was not used
    std::vector<char> gone_;  // by the last answer, of each piece
    std::string answer_lines_;

private:
    AnyState& all_;  // the derived class owns it
    Status status_ = Status::PAUSED;
};

// Looks at the time after so many tests that this takes little of it.
class Clock {
public:
    Clock(double seconds, std::int64_t tests) : began_(Now()), seconds_(seconds), next_(tests + 1) {}
    bool is_over(std::int64_t tests) {
        if (tests < next_) return false;
        const double elapsed = std::chrono::duration<double>(Now() - began_).count();
        if (elapsed >= seconds_) return true;
        if (elapsed - last_ < 20e-6)
            stride_ = stride_ < 1024 ? 2 * stride_ : stride_;
        else if (elapsed - last_ > 200e-6)
            stride_ = stride_ > 1 ? stride_ / 2 : 1;
        last_ = elapsed;
        next_ = tests + stride_;
        return false;
    }

private:
    static std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }
    std::chrono::steady_clock::time_point began_;
    double seconds_, last_ = 0.0;
    std::int64_t next_, stride_ = 1;
};

// How a certificate numbers and scales what the core has: its row is so many times that of the core.
struct Naming {
    int dimension = 0, most_fine = 0;        // of the file's points; bounds are multiples of 2^-most_fine
    std::vector<int> columns, row_number;    // which of its coordinates each input is; numbers of the domain's rows
    std::vector<int> wall;                   // [2*d] numbers of the rows that are lower and upper bounds
    std::vector<double> layer_weight, row_weight;
    bool wide = false;  // version 6: witnesses may be written in few digits
};

std::unique_ptr<Traversal> make_polygons(const Start& start, bool record);
std::unique_ptr<Traversal> make_small_simplex(const Start& start, bool record);
std::unique_ptr<Traversal> make_simplex(const Start& start, bool record);
std::unique_ptr<Traversal> make_certificate(const Start& start, const Naming& naming);  // by simplex dictionaries

}  // namespace linregions
