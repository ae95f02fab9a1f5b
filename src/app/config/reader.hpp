#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "app/config/parse.hpp"
#include "app/config/schema.hpp"

namespace certherald::app {

// Collects every problem of one file.
struct Problems {
  std::string file;
  std::vector<ConfigurationProblem> list;

  void add(int line, std::string message, std::string mend = {});
};

// Reads one block of a file by its schema; what is wrong goes to Problems and the fallback stands.
// Made for one block, holds references to its arguments.
class BlockReader {
 public:
  BlockReader(const toml::table& table, const BlockSpec& spec, Problems& problems);

  [[nodiscard]] int line() const;                      // of the block
  [[nodiscard]] int line(std::string_view key) const;  // of a key, else of the block
  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
  [[nodiscard]] const toml::table& table() const { return table_; }
  [[nodiscard]] const BlockSpec& spec() const { return spec_; }

  [[nodiscard]] std::string required_text(std::string_view key);
  [[nodiscard]] std::string text(std::string_view key, std::string fallback = {});
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view key);
  [[nodiscard]] std::vector<std::string> texts(std::string_view key, std::vector<std::string> fallback = {});
  [[nodiscard]] std::int64_t number(std::string_view key, std::int64_t fallback, std::int64_t low,
                                    std::int64_t high);
  [[nodiscard]] bool flag(std::string_view key, bool fallback);
  [[nodiscard]] Duration duration(std::string_view key, Duration fallback);
  [[nodiscard]] std::optional<model::SecretRef> secret(std::string_view key);

  void fault(std::string_view key, std::string message, std::string mend = {});
  void fault(std::string_view key, const Error& error) { fault(key, error.message, error.hint); }

 private:
  void refuse_unknown_keys();

  const toml::table& table_;
  const BlockSpec& spec_;
  Problems& problems_;
};

}  // namespace certherald::app
