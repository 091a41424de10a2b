// Integers modulo primes: sums and products without carries, and at the end the sign.
//
// An integer x with |x| < 2^b is known from its residues modulo k primes if their product is more than 2^(b + 1) (Chinese
// remainder theorem).  The primes are those next below 2^31, and all that are used are above 2^30: k = b/30 + 1 of them
// are enough.  A residue x is kept as x*2^32 mod p (Montgomery, Math. Comp. 44, 1985), so that a product needs no division.
#pragma once

#include <cstdint>
#include <vector>

namespace linregions {

using Residue = std::uint32_t;

struct Prime {
    std::uint32_t p;
    std::uint32_t negative;  // -1/p modulo 2^32
    Residue one, square;     // 1 and 2^32, that is 2^32 and 2^64 modulo p
    Residue prefix = 0;      // the inverse of the product of the primes before

    explicit Prime(std::uint32_t p_) : p(p_), negative(1) {
        std::uint32_t inverse = p;  // correct to 3 bits; each turn doubles them (Newton)
        for (int turn = 0; turn < 4; ++turn) inverse *= 2 - p * inverse;
        negative = 0 - inverse;
        one = static_cast<Residue>((std::uint64_t(1) << 32) % p);
        square = static_cast<Residue>(std::uint64_t(one) * one % p);
    }

    // t/2^32 modulo p, for t < p*2^32: the sum below is a multiple of 2^32, and less than p*2^33 < 2^64
    Residue reduce(std::uint64_t t) const {
        const std::uint32_t m = static_cast<std::uint32_t>(t) * negative;
        const std::uint64_t r = (t + std::uint64_t(m) * p) >> 32;
        return static_cast<Residue>(r >= p ? r - p : r);
    }
    Residue times(Residue a, Residue b) const { return reduce(std::uint64_t(a) * b); }
    Residue plus(Residue a, Residue b) const { return a + b >= p ? a + b - p : a + b; }  // 2p < 2^32
    Residue minus(Residue a, Residue b) const { return a >= b ? a - b : a + p - b; }
    Residue negated(Residue a) const { return a ? p - a : 0; }
    Residue power(Residue a, std::uint32_t exponent) const {
        Residue result = one;
        for (; exponent; exponent >>= 1) {
            if (exponent & 1) result = times(result, a);
            a = times(a, a);
        }
        return result;
    }
    Residue inverse(Residue a) const { return power(a, p - 2); }  // Fermat; a is not 0
    // The residue of an integer in two's complement, lowest word first.
    Residue of(const std::uint32_t* words, int n) const {
        Residue x = words[n - 1] >> 31 ? p - one : 0;
        while (n--) x = plus(times(x, square), reduce(std::uint64_t(words[n]) * square));  // words[n] < 2^32, square < p
        return x;
    }
};

// Whether an odd number below 2^31 is prime: no composite one passes for the bases 2, 3, 5 and 7 (Jaeschke, Math. Comp. 61,
// 1993: none below 3 215 031 751).
inline bool is_prime(std::uint32_t n) {
    const Prime mod(n);  // its products are right modulo every odd number
    int twos = 0;
    while (!((n - 1) >> twos & 1)) ++twos;
    for (const std::uint32_t base : {2u, 3u, 5u, 7u}) {
        Residue x = mod.power(mod.reduce(std::uint64_t(base) * mod.square), (n - 1) >> twos);
        bool passes = x == mod.one;
        for (int turn = 0; !passes && turn < twos; ++turn, x = mod.times(x, x)) passes = x == n - mod.one;
        if (!passes) return false;
    }
    return true;
}

class Primes {
public:
    // How many primes determine an integer of modulus less than 2^bits.
    static int enough(int bits) { return bits / 30 + 1; }

    const Prime& operator[](int k) const { return primes_[k]; }

    void prepare(int count) {
        while (static_cast<int>(primes_.size()) < count) {
            do next_ -= 2;
            while (!is_prime(next_));
            Prime prime(next_);
            Residue product = prime.one;
            for (const Prime& other : primes_) product = prime.times(product, prime.times(other.p % next_, prime.square));
            prime.prefix = prime.inverse(product);
            primes_.push_back(prime);
        }
    }

    // The sign of the integer with these residues, which the first `count` primes determine.
    //
    // x = v_0 + v_1*p_0 + v_2*p_0*p_1 + ... with 0 <= v_k < p_k (Garner) is the one between 0 and P = p_0*...*p_(count-1),
    // and stands for x - P if it is above (P - 1)/2, all of whose digits are (p_k - 1)/2.
    int sign(const Residue* x, int count) {
        int k = 0;
        while (k < count && x[k] == 0) ++k;
        if (k == count) return 0;
        digits_.assign(count, 0);  // the first k are 0
        for (; k < count; ++k) {
            const Prime& mod = primes_[k];
            std::uint64_t known = 0;
            for (int j = k; j--;) known = (known * primes_[j].p + digits_[j]) % mod.p;
            digits_[k] = mod.times(mod.minus(mod.reduce(x[k]), static_cast<Residue>(known)), mod.prefix);
        }
        while (k--)
            if (digits_[k] != (primes_[k].p - 1) / 2) return digits_[k] > (primes_[k].p - 1) / 2 ? -1 : 1;
        return 1;  // (P - 1)/2 itself
    }

private:
    std::vector<Prime> primes_;
    std::vector<std::uint32_t> digits_;
    std::uint32_t next_ = 0x80000001u;  // 2^31 - 1 is prime
};

}  // namespace linregions
