// What the checker in the core reads from verify/checker.py: integers, and the layers of a claim.
#pragma once

#include <map>
#include <optional>

#include "check_cell.hpp"

namespace linregions::checking {

namespace nb = nanobind;

using Bounds = std::vector<std::optional<Number>>;

// An integer that Python has.
inline Number number(nb::handle value) {
    const int words = nb::cast<int>(value.attr("bit_length")()) / 64 + 1;  // with a bit for the sign
    const auto raw = nb::cast<nb::bytes>(value.attr("to_bytes")(8 * words, "little", nb::arg("signed") = true));
    std::vector<Word> entry(words);
    for (int i = 0; i < 8 * words; ++i) entry[i / 8] |= Word(static_cast<std::uint8_t>(raw.c_str()[i])) << i % 8 * 8;
    return Number(entry.data(), words);
}
// The integers of nested lists.
inline void read(nb::handle value, Numbers& to) {
    if (nb::isinstance<nb::int_>(value)) return to.push_back(number(value));
    for (const nb::handle part : value) read(part, to);
}
inline Numbers numbers(nb::handle values) {
    Numbers result;
    read(values, result);
    return result;
}
inline Bounds bounds(nb::handle values) {
    Bounds result;
    for (const nb::handle value : values) result.push_back(value.is_none() ? std::nullopt : std::optional(number(value)));
    return result;
}
template <class T>
T get(nb::handle object, const char* name) {
    return nb::cast<T>(object.attr(name));
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
            const nb::object lines = rank ? nb::object(given.attr("factor")) : nb::object(unit[3]);
            if (!known) known = std::make_shared<const Unit>(Unit{rank, numbers(unit[2]), numbers(lines)});
            layer.units.push_back(known);
            layer.row.push_back(layer.row.back() + std::max(rank, 1));
            layer.piece.push_back(layer.piece.back() + known->pieces());
        }
        layer.biases = numbers(first ? claim.attr("first_rows") : given.attr("biases"));
        layer.too_long = get<std::int64_t>(claim, "slot") * layer.rows() * before > MAX_SIZE;
        const Numbers weights = first || layer.too_long ? Numbers() : numbers(given.attr("columns"));
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
