// The tree of a certificate as its caller sees it; certificate.hpp writes it.
#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "model.hpp"
#include "traversal.hpp"

namespace linregions {

// How the file numbers and scales what the core has: its row is so many times that of the core.
struct Naming {
    int dimension = 0, most_fine = 0;        // of the file's points; bounds are multiples of 2^-most_fine
    std::vector<int> columns, row_number;    // which of its coordinates each input is; numbers of the domain's rows
    std::vector<int> wall;                   // [2*d] numbers of the rows that are lower and upper bounds
    std::vector<double> layer_weight, row_weight;
};

class CertificateTree {
public:
    using Cut = std::tuple<int, int, int>;  // layer, unit, piece
    // The lines of a node were written and it was a leaf or was cut; a unit is asked about; the rest is for exact arithmetic.
    enum class Step : int { LEAF, CUT, ASK, EXACT, DONE, PAUSED };
    virtual ~CertificateTree() = default;
    // Whether the starting point is proved to lie inside the domain.
    virtual bool served() const = 0;
    virtual int height() const = 0;  // nodes on the stack
    virtual Step look() = 0;
    // Look at nodes until so many are left, something is asked, or so many bytes are written or so many seconds gone.
    virtual Step run(int floor, double seconds, std::size_t bytes) = 0;
    // An open leaf in place of the node on top, whose units are settled as far as they can be; CUT if some are open.
    virtual Step stop() = 0;
    virtual void drop() = 0;
    virtual std::vector<Cut> children() const = 0;  // of the node that was looked at last
    virtual std::vector<Cut> cuts() const = 0;                 // above the node on top
    virtual std::vector<std::vector<int>> pieces() const = 0;  // of each layer begun; -1 for units that are not settled
    virtual std::vector<double> witness() const = 0;
    virtual int asked() const = 0;  // the unit, or -1 - row of the domain
    // Rows that seem to prove a side of the row asked about, and whether that is the positive one.
    virtual std::pair<std::vector<int>, bool> proposal() = 0;
    // A unit takes the piece, or cuts the cell (-1); the lines are about the pieces that are empty.  False if that was not
    // asked.
    virtual bool answer(const std::string& lines, int piece, const std::vector<int>& empty) = 0;
    std::string take_text() { return std::exchange(text_, {}); }
    std::int64_t leaves() const { return leaves_; }

protected:
    std::string text_;
    std::int64_t leaves_ = 0;
};

std::unique_ptr<CertificateTree> make_certificate(const Start& start, const Naming& naming);

}  // namespace linregions
