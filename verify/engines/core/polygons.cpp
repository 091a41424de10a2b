// Traversals of one and two inputs.
#include "traverse.hpp"

namespace linregions {

std::unique_ptr<Traversal> make_polygons(const Start& start, bool record) {
    if (start.d == 1) return std::make_unique<Loop<Vertices<1>, 1>>(start, record);
    return std::make_unique<Loop<Vertices<2>, 2>>(start, record);
}

}  // namespace linregions
