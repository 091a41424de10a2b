// The floating-point environment that the error model assumes, whatever else runs in the process.
//
// Another library may have switched on flush-to-zero or another rounding mode for the calling thread.  A guard sets
// round to nearest, gradual underflow and masked exceptions for its lifetime, and puts back what it found.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace linregions {

#if defined(__x86_64__) || defined(_M_X64)
using ControlWord = std::uint32_t;  // MXCSR: bit 15 flushes results to zero, bit 6 operands, bits 13 and 14 round
constexpr ControlWord STANDARD = 0x1F80;
inline ControlWord control_word() { return _mm_getcsr(); }
inline void set_control_word(ControlWord word) { _mm_setcsr(word); }
#elif defined(__aarch64__)
using ControlWord = std::uint64_t;  // FPCR: bit 24 flushes to zero, bits 22 and 23 round
constexpr ControlWord STANDARD = 0;
inline ControlWord control_word() {
    ControlWord word;
    __asm__ volatile("mrs %0, fpcr" : "=r"(word));
    return word;
}
inline void set_control_word(ControlWord word) { __asm__ volatile("msr fpcr, %0" : : "r"(word) : "memory"); }
#else
using ControlWord = int;  // only the rounding mode, which is all that the C standard knows
constexpr ControlWord STANDARD = FE_TONEAREST;
inline ControlWord control_word() { return std::fegetround(); }
inline void set_control_word(ControlWord word) { std::fesetround(word); }
#endif

class Environment {
public:
    Environment() : found_(control_word()) { set_control_word(STANDARD); }
    ~Environment() { set_control_word(found_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    ControlWord found_;
};

}  // namespace linregions
