// The linear dependency of some rows of integers.
#pragma once

#include "check_cell.hpp"

namespace linregions::checking {

// a/2^places
inline void shift_right(Word* a, int n, int places) {
    const Word ones = is_negative(a, n) ? ~Word(0) : 0;
    const auto at = [&](int i) { return i < n ? a[i] : ones; };
    const int words = places / 64, bits = places % 64;
    for (int i = 0; places && i < n; ++i)
        a[i] = bits ? at(i + words) >> bits | at(i + words + 1) << (64 - bits) : at(i + words);
}

// target = a, in more words or in fewer, of which a has enough.
inline void resize(Word* target, int n, const Word* a, int words) {
    std::copy_n(a, std::min(n, words), target);
    if (n > words) std::fill_n(target + words, n - words, is_negative(a, words) ? ~Word(0) : 0);
}

// Division without remainder, from the lowest word on: q*odd = a determines q modulo 2^64, 2^128, ….
struct Divisor {
    std::vector<Word> odd{1};
    int zeros = 0;     // the divisor is odd*2^zeros
    Word inverse = 1;  // of the lowest word, modulo 2^64

    void assign(const Number& b) {
        zeros = b.trailing_zeros();
        odd = b.words;
        odd.push_back(0);  // no sign
        shift_right(odd.data(), static_cast<int>(odd.size()), zeros);
        inverse = odd[0];  // correct to 3 bits; each turn doubles them (Newton)
        for (int turn = 0; turn < 5; ++turn) inverse *= 2 - odd[0] * inverse;
    }
    // The lower words of the quotient, where those of a, and the next `zeros` bits, are given.
    void divide(Word* a, int n, int words) const {
        shift_right(a, n, zeros);
        for (int i = 0; i < words; ++i) {
            const Word q = a[i] * inverse;
            add_product(a + i, words - i, odd.data(), static_cast<int>(odd.size()), false, &q, 1, ~Word(0));
            a[i] = q;
        }
    }
};

// Integers y, the last one positive, with Σ y_i*row_i = 0 in these coordinates, by fraction-free elimination (Bareiss); none
// if the rows but the last are dependent.  Nothing relies on it: what it returns is multiplied out.  Where entries are below
// 2^bits in modulus, minors of order c are below c!*2^(c*bits).
inline std::vector<Number> dependency(const Rows& rows, int w, const std::vector<int>& coordinates, int bits, Pulse& pulse) {
    const int columns = static_cast<int>(rows.number()), last = columns - 1;
    const auto words = [&](int order) { return order * (bits + std::bit_width(unsigned(order))) / 64 + 1; };
    const int full = words(columns), height = static_cast<int>(coordinates.size());
    std::vector<Word> matrix(std::size_t(height) * columns * full);
    const auto at = [&](int r, int k) { return &matrix[(std::size_t(r) * columns + k) * full]; };
    for (int r = 0; r < height; ++r)
        for (int c = 0; c < columns; ++c)
            resize(at(r, c), full, rows.at(c) + std::size_t(coordinates[r]) * w, w);
    Number before = ONE, head, factor;
    Divisor divisor;
    std::vector<Word> value(2 * full + 1);
    for (int c = 0; c < last; ++c) {
        const int used = words(c + 1), next = words(c + 2), n = next + divisor.zeros / 64 + 1;
        int pivot = c;
        while (pivot < height && is_zero(at(pivot, c), full)) ++pivot;
        if (pivot >= height) return {};
        if (pivot > c) std::swap_ranges(at(c, 0), at(c, 0) + columns * full, at(pivot, 0));
        head.assign(at(c, c), used);
        const int sign = before.negative ? -1 : 1;
        for (int r = 0; r < height; ++r) {
            if (r == c) continue;
            factor.assign(at(r, c), used);
            for (int k = c + 1; k < columns; ++k) {  // entry = (head*entry - factor*(entry above))/before
                std::fill_n(value.begin(), n, 0);
                add_product(value.data(), n, at(r, k), used, head, sign < 0);
                add_product(value.data(), n, at(c, k), used, factor, sign > 0);
                if (c) divisor.divide(value.data(), n, next);
                resize(at(r, k), full, value.data(), next);
            }
            pulse.tick(std::size_t(3) * used * n * (columns - c));
        }
        std::swap(before, head);
        divisor.assign(before);
    }
    std::vector<Number> result;
    for (int i = 0; i < last; ++i) result.push_back(Number(at(i, last), full).times(before.negative ? 1 : -1));
    result.push_back(before.times(before.negative ? -1 : 1));
    return result;
}

}  // namespace linregions::checking
