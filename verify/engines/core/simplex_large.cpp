// Traversals by simplex dictionaries in dimensions 6 to 8, which the compiler knows, and in all others.
#include "traverse.hpp"

namespace linregions {

std::unique_ptr<Traversal> make_simplex(const Start& start, bool record) {
    if (auto small = make_small_simplex(start, record)) return small;
    switch (start.d) {
    case 6: return std::make_unique<Loop<Simplex<6>, 6>>(start, record);
    case 7: return std::make_unique<Loop<Simplex<7>, 7>>(start, record);
    case 8: return std::make_unique<Loop<Simplex<8>, 8>>(start, record);
    default: return std::make_unique<Loop<Simplex<0>, 0>>(start, record);
    }
}

}  // namespace linregions
