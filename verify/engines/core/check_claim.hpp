// What the checker in the core reads from verify/checker.py: integers, and the layers of a claim.
#pragma once

#include <map>

#include "check_cell.hpp"

namespace linregions::checking {

namespace nb = nanobind;

using Numbers = std::vector<Number>;
using Sparse = std::vector<std::pair<int, Number>>;  // coordinates, and a number for each

// Integers that Python has.
inline Number number(nb::handle value) {
    const int words = nb::cast<int>(value.attr("bit_length")()) / 64 + 1;  // with a bit for the sign
    const auto raw = nb::cast<nb::bytes>(value.attr("to_bytes")(8 * words, "little", nb::arg("signed") = true));
    std::vector<Word> entry(words);
    for (int i = 0; i < 8 * words; ++i) entry[i / 8] |= Word(static_cast<std::uint8_t>(raw.c_str()[i])) << i % 8 * 8;
    return Number(entry.data(), words);
}
inline Numbers numbers(nb::handle values) {
    Numbers result;
    for (const nb::handle value : values) result.push_back(number(value));
    return result;
}
inline Numbers flat(nb::handle rows) {
    Numbers result;
    for (const nb::handle row : rows)
        for (const nb::handle value : row) result.push_back(number(value));
    return result;
}
inline Sparse sparse(nb::handle pairs) {
    Sparse result;
    for (const nb::handle pair : pairs) result.emplace_back(nb::cast<int>(pair[0]), number(pair[1]));
    return result;
}
template <class T>
T get(nb::handle object, const char* name) {
    return nb::cast<T>(object.attr(name));
}
inline Unit unit_of(nb::handle layer, nb::handle given, int rank) {
    Unit unit{rank, numbers(given[2])};
    if (rank) unit.slopes = {number(layer.attr("factor"))};
    for (const nb::handle line : nb::object(given[3]))
        unit.slopes.push_back(number(line[0])), unit.intercepts.push_back(number(line[1]));
    return unit;
}

// The layers of a checker.Claim.
inline std::vector<Layer> layers_of(nb::handle claim) {
    std::vector<Layer> layers;
    std::map<std::pair<PyObject*, int>, std::shared_ptr<const Unit>> kinds;  // units that are alike share their breakpoints
    std::size_t before = 0;
    for (const nb::handle given : nb::object(claim.attr("layers"))) {
        Layer& layer = layers.emplace_back();
        const bool first = layers.size() == 1;
        layer.power = Number::power_of_two(nb::cast<int>(claim.attr("shifts")[layers.size() - 1]));
        for (const nb::handle unit : nb::object(given.attr("units"))) {
            const int rank = nb::cast<int>(unit[1]);
            auto& known = kinds[{nb::object(unit[2]).ptr(), rank}];
            if (!known) known = std::make_shared<const Unit>(unit_of(given, unit, rank));
            layer.units.push_back(known);
            layer.row.push_back(layer.row.back() + std::max(rank, 1));
            layer.piece.push_back(layer.piece.back() + known->pieces());
        }
        layer.biases = first ? flat(claim.attr("first_rows")) : numbers(given.attr("biases"));
        layer.too_long = get<std::int64_t>(claim, "slot") * layer.rows() * before > MAX_SIZE;
        const Numbers weights = first || layer.too_long ? Numbers() : flat(given.attr("columns"));
        for (const Number& weight : weights) layer.words = std::max(layer.words, weight.size());
        layer.weights.resize(weights.size() * layer.words);
        for (std::size_t i = 0; i < weights.size(); ++i) {
            std::copy(weights[i].words.begin(), weights[i].words.end(), &layer.weights[i * layer.words]);
            layer.mask.push_back(weights[i].mask());
        }
        before = layer.units.size();
    }
    if (layers.empty()) layers.emplace_back();
    return layers;
}

}  // namespace linregions::checking
