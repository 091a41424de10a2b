// Checks a proof of unsatisfiability, forward: each clause that is added follows from those before it by unit propagation
// (RUP), and in the end the empty clause does.  Shares no code with any solver.
//
//     c++ -O2 -std=c++20 -o rup rup.cpp && ./rup FORMULA.cnf PROOF.drat      (DIMACS; binary DRAT)
//
// Prints VERIFIED, exit code 0, or REJECTED, 1; 2 if the files cannot be read.  Deletions only make it faster.  Those of
// clauses that made a literal true for good are ignored, which is sound: more clauses stay, and each of them follows.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <vector>

namespace {

using Literals = std::vector<int>;

struct Watch {
    std::uint32_t clause;
    int other;  // a literal of the clause; if it is true, the clause need not be looked at
};

// A clause is a place in the store: its number of literals, 0 once it is deleted, then the literals.  The first two are
// watched: each clause of two or more literals is in the lists of both.  Invariant, when all has been propagated: if a
// watched literal is false, the other one is true, and became true no later.
Literals store;
std::unordered_multimap<std::uint64_t, std::uint32_t> places;  // of clauses, by a sum over their literals
std::vector<std::vector<Watch>> watches;                      // by literal
std::vector<signed char> value;                               // by literal: 1 true, -1 false, 0 neither
Literals trail;                                               // true literals, in order
std::size_t propagated = 0;                                   // so many of them
bool refuted = false;

std::size_t at(int literal) { return literal > 0 ? 2 * std::size_t(literal) : 2 * std::size_t(-literal) + 1; }

void know(int literal) {
    const std::size_t size = 2 * std::size_t(std::abs(literal)) + 2;
    if (value.size() < size) {
        watches.resize(size);
        value.resize(size);
    }
}

void assign(int literal) {
    value[at(literal)] = 1;
    value[at(-literal)] = -1;
    trail.push_back(literal);
}

// Unit propagation; whether it ends with a clause all of whose literals are false.
bool conflict() {
    while (propagated < trail.size()) {
        const int falsified = -trail[propagated++];
        auto& list = watches[at(falsified)];
        std::size_t kept = 0;
        bool found = false;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const Watch watch = list[i];
            if (found || value[at(watch.other)] == 1) {
                list[kept++] = watch;
                continue;
            }
            const int size = store[watch.clause];
            if (size == 0) continue;
            int* clause = &store[watch.clause + 1];
            if (clause[0] == falsified) std::swap(clause[0], clause[1]);
            int other = 2;
            if (value[at(clause[0])] != 1)
                while (other < size && value[at(clause[other])] == -1) ++other;
            else
                other = size;
            if (other < size) {
                std::swap(clause[1], clause[other]);
                watches[at(clause[1])].push_back({watch.clause, clause[0]});
                continue;
            }
            list[kept++] = {watch.clause, clause[0]};
            if (value[at(clause[0])] == -1) found = true;
            if (value[at(clause[0])] == 0) assign(clause[0]);
        }
        list.resize(kept);
        if (found) return true;
    }
    return false;
}

void normalize(Literals& clause) {
    std::sort(clause.begin(), clause.end());
    clause.erase(std::unique(clause.begin(), clause.end()), clause.end());
}

std::uint64_t key(const Literals& clause) {
    std::uint64_t sum = 0;
    for (int literal : clause) {
        const std::uint64_t mixed = (at(literal) + 1) * 0x9E3779B97F4A7C15ULL;
        sum += mixed ^ mixed >> 29;
    }
    return sum;
}

void add(Literals clause) {
    normalize(clause);
    const auto place = std::uint32_t(store.size());
    if (store.size() + clause.size() >= UINT32_MAX) std::fprintf(stderr, "too many clauses\n"), std::exit(2);
    places.emplace(key(clause), place);
    std::partition(clause.begin(), clause.end(), [](int literal) { return value[at(literal)] != -1; });
    store.push_back(int(clause.size()));
    store.insert(store.end(), clause.begin(), clause.end());
    if (clause.empty() || value[at(clause[0])] == -1) {
        refuted = true;
        return;
    }
    if (clause.size() > 1) {
        watches[at(clause[0])].push_back({place, clause[1]});
        watches[at(clause[1])].push_back({place, clause[0]});
    }
    if (value[at(clause[0])] == 0 && (clause.size() == 1 || value[at(clause[1])] == -1)) {
        assign(clause[0]);
        refuted = refuted || conflict();
    }
}

void remove(Literals clause) {
    normalize(clause);
    const auto [from, to] = places.equal_range(key(clause));
    for (auto it = from; it != to; ++it) {
        int* stored = &store[it->second + 1];
        const auto size = std::size_t(stored[-1]);
        if (size != clause.size() || !std::is_permutation(stored, stored + size, clause.begin())) continue;
        if (size > 1 && value[at(stored[0])] != 1 && value[at(stored[1])] != 1) {
            stored[-1] = 0;
            places.erase(it);
        }
        return;
    }
}

// Whether the clause follows by unit propagation; the true literals are those of before.
bool follows(const Literals& clause) {
    const std::size_t before = trail.size();
    bool found = false;
    for (int literal : clause) {
        if (value[at(literal)] == 1) found = true;
        if (value[at(literal)] == 0) assign(-literal);
    }
    found = found || conflict();
    for (; trail.size() > before; trail.pop_back()) value[at(trail.back())] = value[at(-trail.back())] = 0;
    propagated = before;
    return found;
}

// The next step of a proof in binary DRAT: 'a' or 'd', and a clause; EOF at the end, 0 if this is no such proof.
int next(std::FILE* proof, Literals& clause) {
    const int kind = std::getc(proof);
    clause.clear();
    if (kind == EOF) return EOF;
    if (kind != 'a' && kind != 'd') return 0;
    for (;;) {
        std::uint64_t code = 0;
        for (int shift = 0, byte = 128; byte & 128; shift += 7) {
            if ((byte = std::getc(proof)) == EOF || shift > 28) return 0;
            code |= std::uint64_t(byte & 127) << shift;
        }
        if (code == 0) return kind;
        if (code == 1 || code >> 1 > 1u << 28) return 0;
        clause.push_back(code & 1 ? -int(code >> 1) : int(code >> 1));
        know(clause.back());
    }
}

bool read(std::FILE* formula) {
    int variables, number, literal;
    if (std::fscanf(formula, "p cnf %d %d", &variables, &number) != 2) return false;
    Literals clause;
    while (std::fscanf(formula, "%d", &literal) == 1) {
        if (std::abs(literal) > variables) return false;
        if (literal) {
            know(literal);
            clause.push_back(literal);
        } else {
            add(clause);
            clause.clear();
            --number;
        }
    }
    return number == 0 && clause.empty() && std::feof(formula);
}

}  // namespace

int main(int count, char** arguments) {
    std::FILE* formula = count == 3 ? std::fopen(arguments[1], "r") : nullptr;
    std::FILE* proof = count == 3 ? std::fopen(arguments[2], "rb") : nullptr;
    if (!formula || !proof || !read(formula)) return std::fprintf(stderr, "usage: rup FORMULA.cnf PROOF.drat\n"), 2;
    long steps = 0;
    Literals clause;
    for (int kind; !refuted && (kind = next(proof, clause)) != EOF; ++steps) {
        if (kind == 0) return std::fprintf(stderr, "step %ld is not binary DRAT\n", steps + 1), 2;
        if (kind == 'd') {
            remove(clause);
        } else if (follows(clause)) {
            add(clause);
        } else {
            return std::printf("REJECTED: step %ld does not follow\n", steps + 1), 1;
        }
    }
    std::printf(refuted ? "VERIFIED after %ld steps\n" : "REJECTED: no contradiction after %ld steps\n", steps);
    return refuted ? 0 : 1;
}
