// A traversal as the module's callers see it, whatever its geometry and dimension.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "exact.hpp"

namespace linregions {

// Where a traversal begins: the domain's rows, and for a simplex the bounds of a box, a corner and a point inside.
struct Start {
    int d = 0, slots = 0, most = 0, domain_rows = 0;
    bool boxed = false;
    std::vector<double> domain, domain_grain;  // [domain rows, d + 1], [domain rows]
    std::vector<double> lower, upper, bound_error, bound_grain, anchor, witness;
};

struct SlotView {
    int layer, position, rows, choice, rival, phase;
};

struct Work {
    std::int64_t tests, pivots, proved_on_the_box, proved_by_basis, proved_by_layer, exact_signs, exact_rows;
};

class Traversal {
public:
    virtual ~Traversal() = default;
    // Whether the starting point is proved to lie inside the domain.
    virtual bool served() const = 0;
    // Go on until all regions are found, a question must be asked, the leaf buffer is full or the time is over.
    Status run(double seconds) { return status_ = go(seconds); }
    // Why it stopped last.
    Status status() const { return status_; }
    // Whether there is a cell on top of the stack.
    virtual bool has_cell() const = 0;
    // A traversal of the cell at the bottom of the stack, often half of what is left; null if only one is left.
    virtual std::unique_ptr<Traversal> split_off() = 0;

    virtual SlotView slot() const = 0;
    virtual int restricted_unit() const = 0;
    virtual Name row_name() const = 0;
    virtual Name path_name(int r) const = 0;
    virtual std::vector<int> pieces(int layer) = 0;
    virtual std::vector<double> witness() = 0;

    // The network and the domain in integers, with which it decides from then on what floats cannot; false if they are
    // not of its sizes.
    virtual bool give(std::shared_ptr<const Integers> integers) = 0;
    virtual Exact* exact() = 0;  // null before

    // Move the witness of the current cell to that share of the way to it from the vertex where the row is least, if it is
    // still proved to be inside: for tests, since the place of a witness decides nothing.
    virtual bool move_witness(const std::vector<double>& row, double share) = 0;
    virtual void answer(int verdict) = 0;
    virtual void drop_cell() = 0;
    virtual void add(std::int64_t regions) = 0;

    virtual std::int64_t count() const = 0;
    virtual Work work() const = 0;
    virtual double left() const = 0;
    // Patterns in the buffer, which is empty from then on: one line for each, how many, and how many units each has.
    virtual std::tuple<const std::int16_t*, int, int> take_leaves() = 0;

protected:
    virtual Status go(double seconds) = 0;

private:
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

std::unique_ptr<Traversal> make_polygons(std::shared_ptr<const Model> model, const Start& start, bool record);
std::unique_ptr<Traversal> make_small_simplex(std::shared_ptr<const Model> model, const Start& start, bool record);
std::unique_ptr<Traversal> make_simplex(std::shared_ptr<const Model> model, const Start& start, bool record);

}  // namespace linregions
