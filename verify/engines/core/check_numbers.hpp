// Integers of any length, and rows of integers of equal length, for the checker of certificates (check.cpp).  No floating-point number occurs.
//
// An entry of a row has w words in two's complement, lowest first.  Sums are meant modulo 2^(64*w); the caller knows that
// none overflows.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>
#ifndef __SIZEOF_INT128__
#include <intrin.h>
#endif

namespace linregions::checking {

using Word = std::uint64_t;

// The lower word of a*b + c + carry, which is less than 2^128; the upper one is the new carry.
inline Word multiply_add(Word a, Word b, Word c, Word& carry) {
#ifdef __SIZEOF_INT128__
    const unsigned __int128 sum = static_cast<unsigned __int128>(a) * b + c + carry;
    carry = static_cast<Word>(sum >> 64);
    return static_cast<Word>(sum);
#else
    Word upper = __umulh(a, b), lower = a * b;
    lower += c, upper += lower < c;
    lower += carry, upper += lower < carry;
    carry = upper;
    return lower;
#endif
}

inline bool is_negative(const Word* entry, int w) { return entry[w - 1] >> 63; }
inline bool is_zero(const Word* entries, std::size_t words) {
    return std::all_of(entries, entries + words, [](Word word) { return word == 0; });
}
inline int sign(const Word* entry, int w) { return is_negative(entry, w) ? -1 : !is_zero(entry, w); }

struct Number {
    bool negative = false;    // never of zero
    std::vector<Word> words;  // of the modulus, lowest first; the highest is not zero

    Number() = default;
    explicit Number(Word modulus) : words(modulus != 0, modulus) {}
    Number(const Word* entry, int w) { assign(entry, w); }
    void assign(const Word* entry, int w) {
        negative = is_negative(entry, w), words.assign(entry, entry + w);
        Word carry = negative;
        for (Word& word : words) word = multiply_add(1, word ^ mask(), 0, carry);
        while (!words.empty() && !words.back()) words.pop_back();
    }
    static Number power_of_two(int exponent) {
        Number result(Word(1) << exponent % 64);
        result.words.insert(result.words.begin(), exponent / 64, 0);
        return result;
    }
    std::int64_t tiny() const {
        const Word modulus = words.empty() ? 0 : words[0];
        return static_cast<std::int64_t>(negative ? 0 - modulus : modulus);
    }
    int size() const { return static_cast<int>(words.size()); }
    bool operator<(const Number& other) const {
        if (negative != other.negative) return negative;
        const auto &small = (negative ? other : *this).words, &large = (negative ? *this : other).words;
        if (small.size() != large.size()) return small.size() < large.size();
        return std::lexicographical_compare(small.rbegin(), small.rend(), large.rbegin(), large.rend());
    }
    Word mask() const { return negative ? ~Word(0) : 0; }  // v ^ mask is v or -v - 1
    Number times(int sign) const {
        Number result = *this;
        result.negative = !words.empty() && negative != (sign < 0);
        return result;
    }
    // modulus = modulus*factor + digit
    void append(Word factor, Word digit) {
        for (Word& word : words) word = multiply_add(word, factor, 0, digit);
        if (digit) words.push_back(digit);
    }
    int trailing_zeros() const {  // as many as there may be, of 0
        int word = 0;
        while (word < size() && !words[word]) ++word;
        return word == size() ? std::numeric_limits<int>::max() : 64 * word + std::countr_zero(words[word]);
    }
    int bits() const { return words.empty() ? 0 : 64 * size() - std::countl_zero(words.back()); }
};

inline const Number ONE(1);

// target, of n words, += y*entry, where the entry has w words and is negative if `minus`; -= if mask is all ones, since
// ~(~a + b) = a - b.
inline void add_product(Word* target, int n, const Word* entry, int w, bool minus, const Word* y, int words, Word mask) {
    for (int k = 0; mask && k < n; ++k) target[k] ^= mask;
    for (int i = 0; i < words && i < n; ++i) {
        Word up = 0, down = minus ? y[i] : 0;  // a negative entry is that without its sign, less 2^(64*w)
        int k = i;
        for (; k < n && k < i + w; ++k) target[k] = multiply_add(entry[k - i], y[i], target[k], up);
        for (; k < n && (up || down); ++k) {
            const Word sum = target[k] + up;
            up = sum < up;
            target[k] = sum - down;
            down = sum < down;
        }
    }
    for (int k = 0; mask && k < n; ++k) target[k] ^= mask;
}
inline void add_product(Word* target, int n, const Word* entry, int w, const Number& y, bool minus = false) {
    add_product(target, n, entry, w, is_negative(entry, w), y.words.data(), y.size(), minus ? ~y.mask() : y.mask());
}
inline void add_product(Word* target, int n, const Number& x, const Number& y, bool minus = false) {
    const Word mask = x.mask() ^ y.mask();
    add_product(target, n, x.words.data(), x.size(), false, y.words.data(), y.size(), minus ? ~mask : mask);
}
// entry = value
inline void put(Word* entry, int w, const Number& value) {
    std::fill_n(entry, w, 0);
    add_product(entry, w, value, ONE);
}

// The two loops that take the time, for entries of W words: of several rows each += ±y*row, for its own y of N words,
template <int W, int N>
void add_rows(Word* target, std::size_t rows, const Word* row, std::size_t n, const Word* y, const Word* mask) {
    for (; rows--; y += N, ++mask)
        for (const Word *entry = row, *end = row + n * W; entry != end; entry += W, target += W) {
            for (int k = 0; k < W; ++k) target[k] ^= *mask;
            for (int i = 0; i < N; ++i) {
                Word carry = 0;
                for (int k = i; k < W; ++k) target[k] = multiply_add(entry[k - i], y[i], target[k], carry);
            }
            for (int k = 0; k < W; ++k) target[k] ^= *mask;
        }
}
// and the sum of ±x_j*row_j for every `step`-th j < n from `first` on, in W + 1 words.
template <int W>
void dot_row(Word* target, const Word* row, std::size_t first, std::size_t step, std::size_t n, const Word* x,
             const Word* mask) {
    Word sum[W + 1] = {};
    for (std::size_t j = first; j < n; j += step) {
        const Word* const entry = row + j * W;
        Word carry = 0;
        for (int k = 0; k < W; ++k) sum[k] = multiply_add(entry[k], x[j], sum[k] ^ mask[j], carry) ^ mask[j];
        sum[W] = ((sum[W] ^ mask[j]) + carry - (is_negative(entry, W) ? x[j] : 0)) ^ mask[j];
    }
    std::copy(sum, sum + W + 1, target);
}

struct Loops {
    void (*add_rows[2])(Word*, std::size_t, const Word*, std::size_t, const Word*, const Word*);
    void (*dot_row)(Word*, const Word*, std::size_t, std::size_t, std::size_t, const Word*, const Word*);
};
template <int... W>
constexpr std::array<Loops, sizeof...(W)> loops_of(std::integer_sequence<int, W...>) {
    return {Loops{{add_rows<W + 1, 1>, add_rows<W + 1, 2>}, dot_row<W + 1>}...};
}
constexpr int LONGEST = 12;  // words; longer entries take the general loops
inline constexpr auto LOOPS = loops_of(std::make_integer_sequence<int, LONGEST>());

// Of several rows each += ±y*row, for n entries and its own y, of so many words; each entry has `wide` >= w words then.
inline void add_multiples(Word* target, int wide, std::size_t rows, const Word* row, int w, std::size_t n, const Word* y,
                          int words, const Word* mask) {
    if (wide == w && w <= LONGEST && (words == 1 || words == 2))
        return LOOPS[w - 1].add_rows[words - 1](target, rows, row, n, y, mask);
    for (; rows--; y += words, ++mask)
        for (std::size_t j = 0; j < n; ++j, target += wide)
            add_product(target, wide, row + j * w, w, is_negative(row + j * w, w), y, words, *mask);
}
inline void add_multiple(Word* target, int wide, const Word* row, int w, std::size_t n, const Number& y, bool minus = false) {
    const Word mask = minus ? ~y.mask() : y.mask();
    add_multiples(target, wide, 1, row, w, n, y.words.data(), y.size(), &mask);
}

// The first 31 bits of the entries of a row and their signs: floor(entry/2^e), with one e for all.
inline void head_of(std::int32_t* head, const Word* row, int w, std::size_t n) {
    int bits = 31;
    for (std::size_t j = 0; j < n; ++j)
        for (int k = w; k--;)
            if (const Word word = row[j * w + k] ^ (is_negative(row + j * w, w) ? ~Word(0) : 0)) {
                bits = std::max(bits, 64 * (k + 1) - std::countl_zero(word));
                break;
            }
    const int at = (bits - 31) / 64, places = (bits - 31) % 64;
    for (std::size_t j = 0; j < n; ++j) {
        const Word upper = places && at + 1 < w ? row[j * w + at + 1] << (64 - places) : 0;
        head[j] = static_cast<std::int32_t>(row[j * w + at] >> places | upper);
    }
}

// Rows, and of each whether its condition is strict: row > 0, or row >= 0.
struct Rows {
    std::size_t size;  // words of a row
    std::vector<Word> data{};
    std::vector<char> strict{};

    std::size_t number() const { return strict.size(); }
    Word* at(std::size_t i) { return data.data() + i * size; }
    const Word* at(std::size_t i) const { return data.data() + i * size; }
    Word* append(bool is_strict) {  // zeros
        data.resize(data.size() + size);
        strict.push_back(is_strict);
        return at(number() - 1);
    }
    void cut(std::size_t number) { data.resize(number * size), strict.resize(number); }
};

// Numbers by which the entries of rows are multiplied and added.
class Point {
public:
    void clear() { all_.clear(), modulus_.clear(), mask_.clear(), tiny_.clear(), sum_ = 0, most_ = 1; }
    void append(const Number& value) {  // which must stay where it is
        all_.push_back(&value);
        modulus_.push_back(value.words.empty() ? 0 : value.words[0]);
        mask_.push_back(value.mask());
        tiny_.push_back(static_cast<std::int32_t>(value.tiny()));
        most_ = std::max(most_, value.size());
        sum_ = modulus_.back() < LIMIT - sum_ ? sum_ + modulus_.back() : LIMIT;
    }
    // The sign of the sum of x_j*row_j, by the head of the row if that is known and says it: x_j*head_j differs from
    // x_j*row_j/2^e by less than |x_j|.  Of a row with one coefficient, that of coordinate `single`, nothing else is read.
    int sign_at(const Word* row, int w, const std::int32_t* head = nullptr, int single = -1) {
        const std::size_t size = all_.size(), first = single < 0 ? 0 : single, step = single < 0 ? 1 : size - 1 - single;
        const bool is_tiny = most_ == 1 && sum_ < LIMIT;  // all |x_j| together are less than 2^63
        const Word most = single < 0 || !is_tiny ? sum_ : modulus_[first] + modulus_.back();
        if (head && is_tiny && most >> 31 == 0) {
            std::int64_t sum = 0;
            for (std::size_t j = first; j < size; j += step) sum += std::int64_t(tiny_[j]) * head[j];
            if (sum > std::int64_t(most)) return 1;
            if (sum < -std::int64_t(most)) return -1;
        }
        const bool is_short = is_tiny && w <= LONGEST;
        const int n = is_short ? w + 1 : w + most_ + 1;
        value_.assign(n, 0);
        if (is_short)
            LOOPS[w - 1].dot_row(value_.data(), row, first, step, size, modulus_.data(), mask_.data());
        else
            for (std::size_t j = first; j < size; j += step) add_product(value_.data(), n, row + j * w, w, *all_[j]);
        return sign(value_.data(), n);
    }

private:
    static constexpr Word LIMIT = Word(1) << 63;
    std::vector<const Number*> all_;
    std::vector<Word> modulus_, mask_, value_;
    std::vector<std::int32_t> tiny_;
    Word sum_ = 0;
    int most_ = 1;
};

}  // namespace linregions::checking
