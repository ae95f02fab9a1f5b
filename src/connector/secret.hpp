#pragma once

#include <string>

#include "base/result.hpp"
#include "model/connection.hpp"

namespace certherald::connector {

// Port: where secrets come from. Asked at each use, so that a changed secret needs no restart.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  // Errors name the variable or file, never the value.
  [[nodiscard]] virtual Result<std::string> resolve(const model::SecretRef& reference) const = 0;
};

// Environment variables and files (one final newline is removed; larger than 64 KiB is refused).
class SystemSecrets final : public SecretSource {
 public:
  [[nodiscard]] Result<std::string> resolve(const model::SecretRef& reference) const override;
};

}  // namespace certherald::connector
