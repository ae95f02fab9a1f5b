#pragma once

#include <string>

#include "base/result.hpp"
#include "model/connection.hpp"
#include "net/awaitable.hpp"

namespace certherald::connector {

// Port: where secrets come from. Asked at each use, so that a changed secret needs no restart.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  // Errors name the variable, the file or the stored secret, never the value. `storage` may pass by itself.
  [[nodiscard]] virtual net::Task<Result<std::string>> resolve(model::SecretRef reference) const = 0;
};

// Port: the secrets that were entered through an interface. Errors as SecretSource.
class StoredSecrets {
 public:
  virtual ~StoredSecrets() = default;
  [[nodiscard]] virtual net::Task<Result<std::string>> open(std::string name) const = 0;
};

// Environment variables, files and the store.
class SystemSecrets final : public SecretSource {
 public:
  explicit SystemSecrets(const StoredSecrets& stored) : stored_(stored) {}
  [[nodiscard]] net::Task<Result<std::string>> resolve(model::SecretRef reference) const override;

 private:
  const StoredSecrets& stored_;
};

[[nodiscard]] Result<std::string> secret_from_environment(const std::string& name);
// One final newline is removed; larger than 64 KiB is refused.
[[nodiscard]] Result<std::string> secret_from_file(const std::string& path);

}  // namespace certherald::connector
