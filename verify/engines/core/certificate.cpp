// Trees of certificates in the dimensions that the compiler knows, and in all others.
#include "certificate.hpp"

namespace linregions {

std::unique_ptr<CertificateTree> make_certificate(const Start& start, const Naming& naming) {
    switch (start.d) {
    case 2: return std::make_unique<Certificate<2>>(start, naming);
    case 3: return std::make_unique<Certificate<3>>(start, naming);
    case 6: return std::make_unique<Certificate<6>>(start, naming);
    default: return std::make_unique<Certificate<0>>(start, naming);
    }
}

}  // namespace linregions
