// Integers modulo primes: sums and products without carries, and at the end the sign.
//
// An integer x with |x| < 2^b is known from its residues modulo k primes if their product is more than 2^(b + 1) (Chinese
// remainder theorem).  The primes are those next below 2^62, and all that are used are above 2^61: k = b/61 + 1 of them
// are enough.  A residue x is kept as x*2^64 mod p (Montgomery, Math. Comp. 44, 1985), so that a product needs no division.
#pragma once

#include <cstdint>
#include <vector>
#ifndef __SIZEOF_INT128__
#include <intrin.h>
#endif

namespace linregions {

using Word = std::uint64_t;
using Residue = std::uint64_t;

struct Prime {
    Word p;
    Word negative;        // -1/p modulo 2^64
    Residue one, square;  // 1 and 2^64, that is 2^64 and 2^128 modulo p
    Residue prefix = 0;   // the inverse of the product of the primes before

    explicit Prime(Word p_) : p(p_), one((0 - p) % p) {
        Word inverse = p;  // correct to 3 bits; each turn doubles them (Newton)
        for (int turn = 0; turn < 5; ++turn) inverse *= 2 - p * inverse;
        negative = 0 - inverse;
        square = one;
        for (int turn = 0; turn < 64; ++turn) square = plus(square, square);
    }

    // a*b/2^64 modulo p, for any word a and b < p.
    //
    // With a*b = high*2^64 + low and m = -low/p modulo 2^64, a*b + m*p is a multiple of 2^64: its lower half is low and
    // the negative of low.  It is less than 2^64*p + 2^64*p, so its upper half is less than 2p < 2^63.
    Residue times(Word a, Residue b) const {
        const Word low = a * b, r = upper(a, b) + upper(low * negative, p) + (low != 0);
        return r >= p ? r - p : r;
    }
    Residue plus(Residue a, Residue b) const { return a + b >= p ? a + b - p : a + b; }
    Residue minus(Residue a, Residue b) const { return a >= b ? a - b : a + p - b; }
    Residue negated(Residue a) const { return a ? p - a : 0; }
    Residue power(Residue a, Word exponent) const {
        Residue result = one;
        for (; exponent; exponent >>= 1) {
            if (exponent & 1) result = times(result, a);
            a = times(a, a);
        }
        return result;
    }
    Residue inverse(Residue a) const { return power(a, p - 2); }  // Fermat; a is not 0
    // The residue of an integer in two's complement, lowest word first.
    Residue of(const Word* words, int n) const {
        Residue x = words[n - 1] >> 63 ? p - one : 0;
        for (int i = n; i--;) x = plus(i < n - 1 || x ? times(x, square) : 0, times(words[i], square));
        return x;
    }

private:
    // The upper half of a product.
    static Word upper(Word a, Word b) {
#ifdef __SIZEOF_INT128__
        return static_cast<Word>(static_cast<unsigned __int128>(a) * b >> 64);
#else
        return __umulh(a, b);
#endif
    }
};

// Whether an odd number between 41 and 2^62 is prime: no composite one below 2^64 passes for all prime bases up to 37
// (Sorenson and Webster, Math. Comp. 86, 2017).
inline bool is_prime(Word n) {
    const Prime mod(n);  // its products are right modulo every odd number
    int twos = 0;
    while (!((n - 1) >> twos & 1)) ++twos;
    constexpr Word bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    for (const Word base : bases)
        if (n % base == 0) return false;
    for (const Word base : bases) {
        Residue x = mod.power(mod.times(base, mod.square), (n - 1) >> twos);
        bool passes = x == mod.one;
        for (int turn = 0; !passes && turn < twos; ++turn, x = mod.times(x, x)) passes = x == n - mod.one;
        if (!passes) return false;
    }
    return true;
}

class Primes {
public:
    // How many primes determine an integer of modulus less than 2^bits.
    static int enough(int bits) { return bits / 61 + 1; }

    const Prime& operator[](int k) const { return primes_[k]; }

    void prepare(int count) {
        while (static_cast<int>(primes_.size()) < count) {
            do next_ -= 2;
            while (!is_prime(next_));
            Prime prime(next_);
            Residue product = prime.one;
            for (const Prime& other : primes_) product = prime.times(product, prime.times(other.p - next_, prime.square));
            prime.prefix = prime.inverse(product);
            primes_.push_back(prime);
        }
    }

    // The sign of the integer with these residues, which the first `count` primes determine.
    //
    // x = v_0 + v_1*p_0 + v_2*p_0*p_1 + ... with 0 <= v_k < p_k (Garner) is the one between 0 and P = p_0*...*p_(count-1),
    // and stands for x - P if it is above (P - 1)/2, all of whose digits are (p_k - 1)/2.  Primes fall: v_j < p_j < 2p_k.
    int sign(const Residue* x, int count) {
        int k = 0;
        while (k < count && x[k] == 0) ++k;
        if (k == count) return 0;
        digits_.assign(count, 0);  // the first k are 0
        for (; k < count; ++k) {
            const Prime& mod = primes_[k];
            Word known = 0;
            for (int j = k; j--;) {
                const Word digit = digits_[j] >= mod.p ? digits_[j] - mod.p : digits_[j];
                known = mod.plus(mod.times(known, mod.times(primes_[j].p - mod.p, mod.square)), digit);
            }
            digits_[k] = mod.times(mod.minus(mod.times(x[k], 1), known), mod.prefix);
        }
        while (k--)
            if (digits_[k] != (primes_[k].p - 1) / 2) return digits_[k] > (primes_[k].p - 1) / 2 ? -1 : 1;
        return 1;  // (P - 1)/2 itself
    }

private:
    std::vector<Prime> primes_;
    std::vector<Word> digits_;
    Word next_ = (Word(1) << 62) + 1;
};

}  // namespace linregions
