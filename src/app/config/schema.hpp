#pragma once

#include <span>
#include <string_view>

namespace certherald::app {

// One key of the configuration file, as the parser accepts it and doc/configuration.md lists it.
struct KeySpec {
  std::string_view name;      // "*" at the end: any key with that prefix
  std::string_view fallback;  // what holds where the key is absent; "required" where it must be there
  std::string_view meaning;
};

struct BlockSpec {
  std::string_view name;   // "server"
  std::string_view title;  // "[server]" or "[[endpoint]]" as it is written
  std::span<const KeySpec> keys;
};

// Every block and key that exists.
[[nodiscard]] std::span<const BlockSpec> configuration_blocks();
[[nodiscard]] const BlockSpec& block(std::string_view name);

// True where the block has the key.
[[nodiscard]] bool has_key(const BlockSpec& spec, std::string_view key);

// The known key that `key` was probably meant to be; "" where none is near.
[[nodiscard]] std::string_view nearest_key(const BlockSpec& spec, std::string_view key);

// Keys of [[connection]] that are fields of the ticket in the system's own words.
[[nodiscard]] bool is_ticket_field(std::string_view connection_type, std::string_view key);

}  // namespace certherald::app
