"""What the core would be if it believed every float: lines of its sources, and what takes their place.

No error bounds are carried, no sign is questioned, no witness is checked and nothing is proved; a sign is the sign of
the float.  :mod:`unchecked` puts these into a copy of the sources, where each must be there exactly once.
"""

CORE = "verify/engines/core"

REPLACED = [
    ("rounding.hpp", "UNIT = 0x1p-53;", "UNIT = 0.0;"),
    ("rounding.hpp", "TINY = 0x1p-1000;", "TINY = 0.0;"),
    ("rounding.hpp", "FLOOR = 0x1p-600;", "FLOOR = 0.0;"),
    ("vertices.hpp", "        e += error[k] * std::fabs(x) + (std::fabs(center[k]) + error[k]) * ex;\n", ""),
    ("lines.cpp", "const double e = INFLATE * es + TINY, et = ", "const double e = 0.0 * es, et = 0.0 * "),
    ("vertices.hpp", "return {value, first || second ? INFLATE * bound + FLOOR : 0.0};", "return {value, 0.0};"),
    ("vertices.hpp", "for (int k = 0; k < 3; ++k) e[k] = INFLATE * e[k] + FLOOR;", "e[0] = e[1] = e[2] = 0.0;"),
    ("layers.hpp", "if (model.layers[layer].dense) return e;", "return 0.0;"),
    ("layers.hpp", "add_absolute(error, 4 * UNIT, center, n);", ";"),
    (
        "layers.hpp",
        "return {a, INFLATE * (std::fabs(slope) * ez + "
        "(4 * UNIT) * (std::fabs(slope * z) + std::fabs(extra))) + FLOOR};",
        "return {a, 0.0};",
    ),
    ("lines.cpp", "const double e = INFLATE * error[j] + share * std::fabs(center[j]);", "const double e = 0.0;"),
    (
        "lines.cpp",
        "            INFLATE * (std::fabs(p[u]) * hx + std::fabs(q[u]) * hy + ep[u] * ax + eq[u] * ay + er[u]) + TINY;",
        "            std::fabs(p[u]) * hx + std::fabs(q[u]) * hy;",  # the box, which is no error
    ),
    ("proofs.hpp", "        e += error[k] * std::fabs(point[k]);\n", ""),
    (
        "proofs.hpp",
        "    for (int r = 0; r < m; ++r) {\n        const auto [s, e] = row_value",
        "    for (int r = 0; r < 0; ++r) {\n        const auto [s, e] = row_value",
    ),
    ("proofs.hpp", "    if (geo.boxed && box_proof(geo, state, slot, orientation)) {", "    if (slot >= 0) {"),
    ("rows.hpp", "else if (!((c[k] == 0.0 && e[k] == 0.0) || size + e[k] < grain))", "else if (size > 0.0)"),
    ("rows.hpp", "                e[k] = e[k] * factor + TINY;\n", ""),
]
