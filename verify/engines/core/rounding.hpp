// The constants of the error model, whose rules are derived in verify/engines/rounding.py, and memory that is zero at first.
//
// A quantity that is not known exactly is a pair (c, e) of floats: the true value t satisfies |t - c| <= e.  Comments here
// refer to the rules by name: sum of products, evaluation of bounds (INFLATE), underflow (TINY, FLOOR), overflow,
// granularity.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

static_assert(FLT_EVAL_METHOD == 0, "the error model needs binary64 arithmetic without excess precision");
static_assert(std::numeric_limits<double>::is_iec559, "the error model needs IEEE 754");

namespace linregions {

constexpr double UNIT = 0x1p-53;  // u: half the distance from 1 to the next float
constexpr double INFLATE = 1.0 + 0x1p-20;
constexpr double TINY = 0x1p-1000;
constexpr double FLOOR = 0x1p-600;
constexpr double INF = std::numeric_limits<double>::infinity();

inline double larger(double a, double b) { return b > a ? b : a; }
inline double smaller(double a, double b) { return b < a ? b : a; }

// Zeroed memory for a fixed number of entries.  Pages are taken from the system when they are first written, so a stack
// of many slots costs what is used of it.
template <class T>
class Array {
public:
    Array() = default;
    explicit Array(std::size_t size) : size_(size), data_(static_cast<T*>(std::calloc(size ? size : 1, sizeof(T)))) {
        if (!data_) throw std::bad_alloc();
    }
    Array(std::size_t size, T value) : Array(size) {
        for (std::size_t i = 0; i < size; ++i) data_[i] = value;
    }
    explicit Array(const std::vector<T>& values) : Array(values.size()) {
        for (std::size_t i = 0; i < size_; ++i) data_[i] = values[i];
    }
    Array(Array&& other) noexcept : size_(std::exchange(other.size_, 0)), data_(std::exchange(other.data_, nullptr)) {}
    Array& operator=(Array&& other) noexcept {
        std::swap(size_, other.size_);
        std::swap(data_, other.data_);
        return *this;
    }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;
    ~Array() { std::free(data_); }

    T* data() { return data_; }
    const T* data() const { return data_; }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    std::size_t size() const { return size_; }
    void copy_from(const Array& other) {
        for (std::size_t i = 0; i < size_; ++i) data_[i] = other.data_[i];
    }

private:
    std::size_t size_ = 0;
    T* data_ = nullptr;
};

}  // namespace linregions
