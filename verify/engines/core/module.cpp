// The extension module linregions_core: what verify/engines/fast.py and the writer of certificates call.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <tuple>

#include "environment.hpp"
#include "float_count.hpp"
#include "traversal.hpp"

#ifndef LINREGIONS_SOURCES
#define LINREGIONS_SOURCES ""
#endif

namespace nb = nanobind;
using namespace linregions;

void bind_check(nb::module_& m);  // check.cpp

namespace {

template <class T, int Dimensions>
using In = nb::ndarray<const T, nb::ndim<Dimensions>, nb::c_contig, nb::device::cpu>;
template <class T, int Dimensions>
using Out = nb::ndarray<T, nb::ndim<Dimensions>, nb::c_contig, nb::device::cpu>;

void require(bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
}

template <class T, class Source>
Array<T> copied(const Source& source, std::initializer_list<std::size_t> shape, const char* what) {
    std::size_t at = 0;
    for (const std::size_t length : shape) require(source.shape(at++) == length, what);
    Array<T> target(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) target[i] = static_cast<T>(source.data()[i]);
    return target;
}

// center, error, rank, slope, intercept, bends, shift, granularity; see verify/engines/model.py.
using Given = std::tuple<In<double, 2>, In<double, 2>, In<std::int64_t, 1>, In<double, 2>, In<double, 2>,
                         In<std::int64_t, 1>, In<double, 1>, double>;

// Indices that the loop will use are inside the arrays; the numbers themselves may be anything.
Layer make_layer(const Given& given, bool first) {
    const auto& [center, error, rank, slope, intercept, bends, shift, granularity] = given;
    const std::size_t rows = center.shape(1), units = rank.shape(0), pieces = slope.shape(1);
    require(center.shape(0) >= 1 && pieces >= 1, "a layer has biases, a unit a piece");
    Layer layer;
    layer.inputs = static_cast<int>(center.shape(0)) - 1;
    layer.rows = static_cast<int>(rows);
    layer.units = static_cast<int>(units);
    layer.pieces = static_cast<int>(pieces);
    layer.granularity = granularity;
    layer.center = copied<double>(center, {center.shape(0), rows}, "center");
    layer.error = copied<double>(error, {first ? center.shape(0) : 0, rows}, "error");
    layer.rank = copied<int>(rank, {units}, "rank");
    layer.slope = copied<double>(slope, {units, pieces}, "slope");
    layer.intercept = copied<double>(intercept, {units, pieces}, "intercept");
    layer.bends = copied<int>(bends, {units}, "bends");
    layer.shift = copied<double>(shift, {shift.shape(0)}, "shift");
    layer.first_bend = Array<int>(units);
    layer.largest = Array<double>(rows);
    for (int i = 0; i < layer.inputs; ++i)
        for (std::size_t j = 0; j < rows; ++j) {
            const double size = std::fabs(layer.weights(i)[j]);
            layer.largest[j] = larger(layer.largest[j], size);
            layer.dense &= size != 0.0;
        }
    layer.first_row = Array<int>(units);
    std::int64_t next = 0, next_bend = 0;
    for (std::size_t u = 0; u < units; ++u) {
        const std::int64_t own = rank.data()[u], number = bends.data()[u];
        require(own >= 1 && own <= std::int64_t(pieces) && next + own <= std::int64_t(rows), "rank");
        require(number >= 0 && number < std::int64_t(pieces) && (own == 1 || number <= 1), "bends");
        require(next_bend + number <= std::int64_t(layer.shift.size()), "bends");
        layer.first_row[u] = static_cast<int>(next);
        layer.first_bend[u] = static_cast<int>(next_bend);
        layer.plain &= own == 1 && number == 1 && layer.shift[next_bend] == 0.0;
        next += own;
        next_bend += number;
    }
    require(next == std::int64_t(rows) && next_bend == std::int64_t(layer.shift.size()), "rows or bends");
    return layer;
}

std::shared_ptr<Model> make_model(int d, const std::vector<Given>& layers) {
    auto model = std::make_shared<Model>();
    Model& m = *model;
    require(d >= 1 && !layers.empty(), "a network with inputs and a hidden layer is needed");
    m.d = d;
    m.depth = static_cast<int>(layers.size());
    int inputs = d;
    for (const Given& given : layers) {
        m.layers.push_back(make_layer(given, m.layers.empty()));
        const Layer& layer = m.layers.back();
        require(layer.inputs == inputs, "inputs");
        inputs = layer.units;
        m.most_rows = std::max(m.most_rows, layer.rows);
        m.most_units = std::max(m.most_units, layer.units);
        m.most_pieces = std::max(m.most_pieces, layer.pieces);
        m.all_units += layer.units;
    }
    return model;
}

using Numbers = std::vector<double>;

Start make_start(std::shared_ptr<Model> model, Numbers domain, Numbers domain_grain, bool boxed, Numbers lower,
                 Numbers upper, Numbers bound_error, Numbers bound_grain, Numbers anchor, Numbers witness) {
    const int d = model->d, rows = static_cast<int>(domain_grain.size());
    require(domain.size() == domain_grain.size() * (d + 1), "domain");
    int bends = 0, rivals = 0;
    for (const Layer& layer : model->layers) {
        bends += static_cast<int>(layer.shift.size());
        rivals += layer.rows - layer.units;
    }
    // a unit that divides a cell leaves as many parts below the top as it has further pieces; then all pieces of one are tried
    return {model, d, bends + rivals + model->most_pieces + 2, bends + rivals + rows + 1, rows, boxed, domain, domain_grain,
            lower, upper, bound_error, bound_grain, anchor, witness};
}

void require_place(const Start& start) {
    for (const auto* part :
         {&start.lower, &start.upper, &start.bound_error, &start.bound_grain, &start.anchor, &start.witness})
        require(part->size() == std::size_t(start.d), "bounds, corner and witness need an entry for each input");
}

std::unique_ptr<Traversal> make_traversal(const Start& start, bool simplex, bool record) {
    if (simplex)
        require_place(start);
    else
        require(start.d <= 2, "polygons have two inputs, intervals one");
    return (simplex ? make_simplex : make_polygons)(start, record);
}

std::unique_ptr<Traversal> make_tree(const Start& start, int dimension, int most_fine, std::vector<int> columns,
                                     std::vector<int> row_number, std::vector<int> wall, Numbers layer_weight,
                                     Numbers row_weight, bool wide) {
    require_place(start);
    const std::size_t d = start.d, rows = start.domain_rows, depth = start.model->depth;
    require(columns.size() == d && wall.size() == 2 * d && layer_weight.size() == depth, "naming");
    require(row_number.size() == rows && row_weight.size() == rows, "naming");
    return make_certificate(start, {dimension, most_fine, columns, row_number, wall, layer_weight, row_weight, wide});
}

// Integers as Python writes them: how many words each has, and all their bytes.
using Packed = std::pair<int, nb::bytes>;

Words unpacked(const Packed& packed) {
    const auto& [width, bytes] = packed;
    require(width >= 1 && bytes.size() % (sizeof(Word) * width) == 0, "words");
    Words result{width, std::vector<Word>(bytes.size() / sizeof(Word))};
    const auto* data = static_cast<const std::uint8_t*>(bytes.data());
    for (std::size_t i = 0; i < bytes.size(); ++i) result.data[i / sizeof(Word)] |= Word(data[i]) << 8 * (i % sizeof(Word));
    return result;
}

void give(Traversal& traversal, const std::vector<std::pair<std::vector<Packed>, int>>& layers,
          const std::pair<Packed, int>& domain, const std::pair<Packed, int>& ends) {
    auto integers = std::make_shared<Integers>();
    for (const auto& [parts, bits] : layers) {
        require(parts.size() == 5, "weights, biases, slopes, intercepts and breakpoints of a layer");
        Words words[5];
        for (int i = 0; i < 5; ++i) words[i] = unpacked(parts[i]);
        integers->layers.push_back({std::move(words[0]), std::move(words[1]), std::move(words[2]), std::move(words[3]),
                                    std::move(words[4]), bits});
    }
    integers->domain = unpacked(domain.first), integers->domain_bits = domain.second;
    integers->ends = unpacked(ends.first), integers->ends_bits = ends.second;
    require(traversal.give(std::move(integers)), "these are not the integers of this network and domain");
}

// Exact answers about rows of the first layer, for tests: units with one breakpoint, which are their names.
std::vector<Name> first_rows(Traversal& traversal, const std::vector<int>& units) {
    require(traversal.exact(), "the integers are not given");
    std::vector<Name> names;
    for (const int unit : units) {
        require(unit >= 0 && unit < traversal.exact()->model().layers[0].units, "unit");
        names.push_back({0, unit, 0, -1, 1});
    }
    return names;
}
int exact_sign_of_units(Traversal& traversal, const std::vector<int>& units) {
    const std::vector<Name> names = first_rows(traversal, units);
    const int d = traversal.exact()->model().d;
    require(d <= 2 && static_cast<int>(units.size()) == d + 1, "d + 1 units of 1 or 2 inputs");
    Exact::Line lines[3];
    for (int i = 0; i <= d; ++i) lines[i].name = names[i];
    return traversal.exact()->determinant(lines);
}
int exact_side_of_unit(Traversal& traversal, int unit, const std::vector<int>& tight,
                       const std::vector<std::pair<int, int>>& held) {
    const std::vector<Name> names = first_rows(traversal, tight);
    for (const auto& [i, side] : held) require(i >= 0 && i < traversal.exact()->model().d, "held");
    return traversal.exact()->side(first_rows(traversal, {unit})[0], names, held);
}

// The traversal, if there is a cell that can be asked about.
template <class T>
T& cell(T& traversal) {
    require(traversal.height() > 0, "no cell is left");
    return traversal;
}
// The same if it asks about it.
template <class T>
T& asking(T& traversal) {
    require(cell(traversal).status() == Status::ASK, "nothing was asked");
    return traversal;
}
Written& written(Traversal& traversal) {
    require(traversal.written(), "no certificate is written");
    return *traversal.written();
}

auto as_tuple(const Name& name) { return std::make_tuple(name.layer, name.which, name.piece, name.rival, name.sign); }

// How many patterns are in the buffer, and their pieces as 16-bit integers.
nb::tuple take_leaves(Traversal& traversal) {
    const auto [data, lines, units] = traversal.take_leaves();
    return nb::make_tuple(lines, nb::bytes(data, static_cast<std::size_t>(lines) * units * sizeof(std::int16_t)));
}

}  // namespace

NB_MODULE(linregions_core, m) {
    m.doc() = "The compiled core of verify.engines: floats that propose, and proofs about them.";
    m.attr("UNIT") = UNIT;
    m.attr("INFLATE") = INFLATE;
    m.attr("TINY") = TINY;
    m.attr("FLOOR") = FLOOR;
    m.attr("SOURCES") = LINREGIONS_SOURCES;
    m.attr("NEGATIVE") = int(NEGATIVE);
    m.attr("POSITIVE") = int(POSITIVE);
    m.attr("CUT") = int(CUT);
    m.attr("UNDECIDED") = int(UNDECIDED);
    m.def("control_word", &control_word, "The floating-point control word of the calling thread.");
    m.def("set_control_word", &set_control_word, nb::arg("word"), "Change it, as another library may.");

    nb::enum_<Status>(m, "Status")
        .value("DONE", Status::DONE)
        .value("ASK", Status::ASK)
        .value("FULL", Status::FULL)
        .value("PAUSED", Status::PAUSED)
        .value("EXACT", Status::EXACT)
        .value("LEAF", Status::LEAF)
        .value("CUT", Status::CUT);

    nb::enum_<Traversal::Until>(m, "Until")
        .value("DONE", Traversal::Until::DONE)
        .value("NODE", Traversal::Until::NODE)
        .value("SETTLED", Traversal::Until::SETTLED);

    nb::class_<Model>(m, "Model").def(nb::new_(&make_model));
    nb::class_<Start>(m, "Start")
        .def(nb::new_(&make_start), nb::arg("model"), nb::kw_only(), nb::arg("domain"), nb::arg("domain_grain"),
             nb::arg("boxed"), nb::arg("lower"), nb::arg("upper"), nb::arg("bound_error"), nb::arg("bound_grain"),
             nb::arg("anchor"), nb::arg("witness"));

    nb::class_<Traversal>(m, "Traversal")
        .def(nb::new_(&make_traversal), nb::arg("start"), nb::kw_only(), nb::arg("simplex"), nb::arg("record"))
        .def_prop_ro("served", &Traversal::served)
        .def("run",
             [](Traversal& t, double seconds, int floor, Traversal::Until until) {
                 require(floor >= 0, "floor");
                 return t.run(seconds, floor, until);
             },
             nb::arg("seconds"), nb::arg("floor") = 0, nb::arg("until") = Traversal::Until::DONE,
             nb::call_guard<nb::gil_scoped_release>())
        .def("split_off", &Traversal::split_off)
        .def_prop_ro("height", &Traversal::height)
        .def_prop_ro("rows", [](const Traversal& t) { return cell(t).slot().rows; })
        .def("path_name",
             [](const Traversal& t, int r) {
                 require(r >= 0 && r < cell(t).slot().rows, "there is no such row on the path");
                 return as_tuple(t.path_name(r));
             })
        .def("pieces", [](const Traversal& t) { return cell(t).pieces(); })
        .def("give", &give, nb::arg("layers"), nb::arg("domain"), nb::arg("ends"))
        .def_prop_ro("has_integers", [](Traversal& t) { return t.exact() != nullptr; })
        .def("exact_sign", &exact_sign_of_units, nb::arg("units"))
        .def("exact_side", &exact_side_of_unit, nb::arg("unit"), nb::arg("tight"), nb::arg("held"))
        .def("witness", [](Traversal& t) { return cell(t).witness(); })
        .def("move_witness",
             [](Traversal& t, const std::vector<double>& row, double share) {
                 require(row.size() == cell(t).witness().size() + 1, "row");
                 return t.move_witness(row, share);
             })
        .def_prop_ro("asked", [](const Traversal& t) { return asking(t).asked(); })
        .def("proposal", [](Traversal& t) { return asking(t).proposal(); })
        .def("answer",
             [](Traversal& t, const std::vector<int>& empty, const std::string& lines) {
                 require(asking(t).answer(lines, empty), "not all pieces of the unit are empty");
             },
             nb::arg("empty"), nb::arg("lines") = "")
        .def("drop_cell",
             [](Traversal& t) {
                 require(cell(t).written() || t.status() == Status::ASK || t.status() == Status::EXACT, "nothing was asked");
                 t.drop_cell();
             })
        .def("add", &Traversal::add, nb::arg("regions"))
        .def_prop_ro("count", &Traversal::count)
        .def_prop_ro("left", &Traversal::left)
        .def("work",
             [](const Traversal& t) {
                 nb::dict result;
                 for (const auto& [name, number] : t.work()) result[name] = number;
                 return result;
             })
        .def("take_leaves", &take_leaves)
        .def("children", [](Traversal& t) { return written(t).children; })
        .def("path", [](Traversal& t) { return written(t).path; })
        .def("take_text", [](Traversal& t) {
            Written& lines = written(t);
            return nb::str(lines.text.data(), std::exchange(lines.length, 0));
        });
    m.def("certificate", &make_tree, nb::arg("start"), nb::kw_only(), nb::arg("dimension"), nb::arg("most_fine"),
          nb::arg("columns"), nb::arg("row_number"), nb::arg("wall"), nb::arg("layer_weight"), nb::arg("row_weight"),
          nb::arg("wide") = false);

    nb::class_<FloatCount>(m, "FloatCount")
        .def(nb::new_([](const std::vector<int>& sizes, int most) {
                 long long units = 0;
                 for (const int size : sizes) {
                     require(size >= 1 && size <= FloatCount::MOST_UNITS, "sizes are positive");
                     units += size;
                 }
                 require(sizes.size() >= 2 && units <= FloatCount::MOST_UNITS, "at most 60 inputs and units");
                 require(most > sizes[0], "most");
                 return std::make_unique<FloatCount>(sizes, most);
             }),
             nb::arg("sizes"), nb::arg("most"))
        .def_prop_ro("length", &FloatCount::length)
        .def("count",
             [](FloatCount& f, In<double, 1> weights) {
                 require(weights.size() == std::size_t(f.length()), "weights");
                 return f.count(weights.data());
             })
        .def("climb", [](FloatCount& f, Out<double, 1> walk, Out<double, 1> best, Out<std::int64_t, 1> counts,
                         double largest, double temperature, double passing, int moves, std::uint64_t seed) {
            const std::size_t n = f.length();
            require(walk.size() == n && best.size() == n && counts.size() == 3, "weights and counts");
            require(counts.data()[0] >= 0 && counts.data()[0] <= 1 << 30, "the count of the walk");
            f.climb(walk.data(), best.data(), counts.data(), largest, temperature, passing, moves, seed);
        });
    m.attr("MOST_UNITS") = int(FloatCount::MOST_UNITS);
    bind_check(m);
}
