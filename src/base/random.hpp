#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace certherald {

// Port: random bytes. Passed down from main.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  // Uniform in [0, bound); 0 for a bound of 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
};

// getrandom(2). Throws std::system_error where the kernel has no randomness: nothing can go on then.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// Repeatable, for tests only (SplitMix64).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace certherald
