#include "store/engine.hpp"
#include "store/session.hpp"

namespace certherald::store {

Result<Put> Session::put_secret(const SecretRow& secret) {
  return engine_.guard([&]() -> Result<Put> {
    const auto known =
        first_value<std::string>(engine_, "SELECT key_id FROM secrets WHERE name = :name", secret.name);
    execute(
        engine_,
        "INSERT INTO secrets (name, ciphertext, key_id, created_at, updated_at) VALUES (:name, :ciphertext, "
        ":key_id, :created, :updated) ON CONFLICT (name) DO UPDATE SET ciphertext = excluded.ciphertext, "
        "key_id = excluded.key_id, updated_at = excluded.updated_at",
        secret.name, secret.ciphertext, secret.key_id, clock_.now(), clock_.now());
    return known ? Put::updated : Put::created;
  });
}

Result<std::optional<SecretRow>> Session::secret(const std::string& name) {
  return engine_.guard([&]() -> Result<std::optional<SecretRow>> {
    auto row = first_row<std::string, std::string, Instant, Instant>(
        engine_, "SELECT ciphertext, key_id, created_at, updated_at FROM secrets WHERE name = :name", name);
    if (!row) return std::nullopt;
    auto& [ciphertext, key_id, created, updated] = *row;
    return SecretRow{name, std::move(ciphertext), std::move(key_id), created, updated};
  });
}

Status Session::each_secret(const Visitor<SecretRow>& visit) {
  return engine_.guard([&]() -> Status {
    Rows<std::string, std::string, Instant, Instant> rows(
        engine_, "SELECT name, key_id, created_at, updated_at FROM secrets ORDER BY name");
    while (auto row = rows.next()) {
      auto& [name, key_id, created, updated] = *row;
      if (Status seen = visit({std::move(name), "", std::move(key_id), created, updated}); !seen) return seen;
    }
    return {};
  });
}

Result<bool> Session::remove_secret(const std::string& name) {
  return engine_.guard(
      [&]() -> Result<bool> { return execute(engine_, "DELETE FROM secrets WHERE name = :name", name) > 0; });
}

}  // namespace certherald::store
