// Traversals that write certificates, in the dimensions that the compiler knows, and in all others.
#include "traverse.hpp"

namespace linregions {

std::unique_ptr<Traversal> make_certificate(const Start& start, const Naming& naming) {
    switch (start.d) {
    case 2: return std::make_unique<Loop<Vertices<2>, 2, Lines<Vertices<2>, 2>>>(start, naming);
    case 3: return std::make_unique<Loop<Simplex<3>, 3, Lines<Simplex<3>, 3>>>(start, naming);
    case 6: return std::make_unique<Loop<Simplex<6>, 6, Lines<Simplex<6>, 6>>>(start, naming);
    default: return std::make_unique<Loop<Simplex<0>, 0, Lines<Simplex<0>, 0>>>(start, naming);
    }
}

}  // namespace linregions
