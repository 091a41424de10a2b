// A traversal as the module's callers see it, whatever its geometry and dimension.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "exact.hpp"

namespace linregions {

class Traversal {
public:
    virtual ~Traversal() = default;
    // Whether the starting point is proved to lie inside the domain.
    bool served() const { return served_; }
    // Go on until all regions are found, a question must be asked, the leaf buffer is full or the time is over.
    Status run(double seconds) { return status_ = go(seconds); }
    // Why it stopped last.
    Status status() const { return status_; }
    // Whether there is a cell on top of the stack.
    bool has_cell() const { return all_.top >= all_.bottom; }
    // A traversal of the cell at the bottom of the stack, often half of what is left; null if only one is left.
    virtual std::unique_ptr<Traversal> split_off() = 0;

    // ---- what the caller needs to answer a question, and the answer ----

    Slot slot() const { return all_.slot[all_.top]; }
    int restricted_unit() const {
        const Slot& top = all_.slot[all_.top];
        return model_->unit_of(top.layer, all_.cutting_at(top.layer, all_.remaining_of(all_.top)[top.position]));
    }
    Name row_name() const { return all_.row_name; }
    Name path_name(int r) const { return all_.path_name[r]; }
    std::vector<int> pieces(int layer) const {
        std::vector<int> result;
        int at = 0;
        for (int u = 0; u < model_->layers[layer].units; ++u) result.push_back(piece_of(*model_, all_, layer, u, at));
        return result;
    }
    virtual std::vector<double> witness() = 0;

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
    void answer(int verdict) { all_.answer = verdict; }
    void drop_cell() { --all_.top; }
    void add(std::int64_t regions) { all_.count += regions; }

    // ---- what is found ----

    std::int64_t count() const { return all_.count; }
    virtual std::vector<std::pair<const char*, std::int64_t>> work() const = 0;  // numbers of its steps
    // The share of the work that is left; a cell that waits is taken to be half as large as what it was cut from.
    double left() const {
        int most = 0, domain = 0;
        for (int s = all_.bottom; s <= all_.top; ++s) most = std::max(most, all_.slot[s].rows);
        for (int r = 0; r < most; ++r) domain += all_.path_name[r].layer < 0;
        double total = 0.0;
        for (int s = all_.bottom; s <= all_.top; ++s) total += std::ldexp(1.0, domain - all_.slot[s].rows);
        return smaller(total, 1.0);
    }
    // Patterns in the buffer, which is empty from then on: one line for each, how many, and how many units each has.
    std::tuple<const std::int16_t*, int, int> take_leaves() {
        return {all_.leaves.data(), std::exchange(all_.written, 0), model_->all_units};
    }

protected:
    Traversal(std::shared_ptr<const Model> model, AnyState& all) : model_(std::move(model)), all_(all) {}
    virtual Status go(double seconds) = 0;

    std::shared_ptr<const Model> model_;
    std::unique_ptr<Exact> exact_;  // null until integers are given
    bool served_ = true;

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

std::unique_ptr<Traversal> make_polygons(const Start& start, bool record);
std::unique_ptr<Traversal> make_small_simplex(const Start& start, bool record);
std::unique_ptr<Traversal> make_simplex(const Start& start, bool record);

}  // namespace linregions
