#pragma once

#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace certherald::codec {

// SHA-256 (FIPS 180-4), 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(ByteView data);

// The same over data that comes in pieces.
class Sha256 final {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(ByteView data);
  [[nodiscard]] std::string hex() const;  // of all that was added so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace certherald::codec
