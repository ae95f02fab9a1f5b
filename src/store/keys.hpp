#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "model/endpoint.hpp"
#include "store/engine.hpp"

namespace certherald::store {

// The row of an endpoint, retired ones included.
[[nodiscard]] inline std::optional<std::int64_t> endpoint_row(Engine& engine, const model::EndpointKey& key) {
  return first_value<std::int64_t>(
      engine,
      "SELECT id FROM endpoints WHERE host = :host AND port = :port AND sni = :sni AND "
      "address = :address AND starttls = :starttls",
      key.host, key.port, key.sni, key.address, key.starttls);
}

// "rows r JOIN endpoints e ON ...": the endpoints that the parameter `name`, keys_to_json, says.
[[nodiscard]] std::string key_list(Engine& engine, std::string_view name);
[[nodiscard]] std::string keys_to_json(const std::set<model::EndpointKey>& keys);

// The rows of those that there are, retired ones included, for one statement.
[[nodiscard]] std::map<model::EndpointKey, std::int64_t> endpoint_rows(
    Engine& engine, const std::set<model::EndpointKey>& keys);

[[nodiscard]] inline std::unexpected<Error> no_endpoint(const model::EndpointKey& key) {
  return fail(ErrorKind::not_found, "the inventory has no endpoint {}", model::display_name(key));
}

// The columns of an endpoint's key, of table alias e.
inline constexpr std::string_view endpoint_key_columns = "e.host, e.port, e.sni, e.address, e.starttls";

}  // namespace certherald::store
