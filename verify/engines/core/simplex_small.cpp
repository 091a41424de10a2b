// Traversals by simplex dictionaries in dimensions 2 to 5, which the compiler knows.
#include "traverse.hpp"

namespace linregions {

std::unique_ptr<Traversal> make_small_simplex(const Start& start, bool record) {
    switch (start.d) {
    case 2: return std::make_unique<Loop<Simplex<2>, 2>>(start, record);
    case 3: return std::make_unique<Loop<Simplex<3>, 3>>(start, record);
    case 4: return std::make_unique<Loop<Simplex<4>, 4>>(start, record);
    case 5: return std::make_unique<Loop<Simplex<5>, 5>>(start, record);
    default: return nullptr;
    }
}

}  // namespace linregions
