#include "store/keys.hpp"

#include <array>

#include "store/json_rows.hpp"

namespace certherald::store {

std::string key_list(Engine& engine, std::string_view name) {
  static constexpr std::array<Engine::JsonColumn, 5> columns = {{{"host", ValueKind::text},
                                                                 {"port", ValueKind::integer},
                                                                 {"sni", ValueKind::text},
                                                                 {"address", ValueKind::text},
                                                                 {"starttls", ValueKind::text}}};
  return fmt::format(
      "{} r JOIN endpoints e ON e.host = r.host AND e.port = r.port AND e.sni = r.sni AND e.address = "
      "r.address AND e.starttls = r.starttls",
      engine.row_list(name, columns));
}

std::string keys_to_json(const std::set<model::EndpointKey>& keys) {
  JsonRows list;
  for (const model::EndpointKey& key : keys) {
    list.add(key.host, key.port, key.sni, key.address, key.starttls);
  }
  return std::move(list).take();
}

std::map<model::EndpointKey, std::int64_t> endpoint_rows(Engine& engine,
                                                         const std::set<model::EndpointKey>& keys) {
  std::map<model::EndpointKey, std::int64_t> out;
  if (keys.empty()) return out;
  Rows<std::int64_t, std::string, std::uint16_t, std::string, std::string, std::string> rows(
      engine, fmt::format("SELECT e.id, {} FROM {}", endpoint_key_columns, key_list(engine, ":keys")),
      keys_to_json(keys));
  while (auto row = rows.next()) {
    auto& [id, host, port, sni, address, starttls] = *row;
    out.emplace(
        model::EndpointKey{std::move(host), port, std::move(sni), std::move(address), std::move(starttls)},
        id);
  }
  return out;
}

}  // namespace certherald::store
