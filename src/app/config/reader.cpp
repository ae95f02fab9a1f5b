#include "app/config/reader.hpp"

#include "base/text.hpp"

namespace certherald::app {
namespace {

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

}  // namespace

void Problems::add(int line, std::string message, std::string mend) {
  // A file of a million faults is still one answer that a person can read.
  constexpr std::size_t enough = 100;
  if (list.size() < enough) list.push_back({file, line, std::move(message), std::move(mend)});
}

BlockReader::BlockReader(const toml::table& table, const BlockSpec& spec, Problems& problems)
    : table_(table), spec_(spec), problems_(problems) {
  refuse_unknown_keys();
}

int BlockReader::line() const { return line_of(table_); }

int BlockReader::line(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return node != nullptr ? line_of(*node) : line();
}

void BlockReader::fault(std::string_view key, std::string message, std::string mend) {
  problems_.add(line(key), fmt::format("{}: {}", spec_.title, message), std::move(mend));
}

void BlockReader::refuse_unknown_keys() {
  for (const auto& [key, value] : table_) {
    const std::string_view name = key.str();
    const bool is_block = spec_.name.empty() && (value.is_table() || value.is_array_of_tables());
    if (is_block || has_key(spec_, name)) continue;
    const std::string_view near = nearest_key(spec_, name);
    problems_.add(
        line_of(value), fmt::format("{}: there is no key '{}'", spec_.title, single_line(name)),
        near.empty() ? "doc/configuration.md lists the keys" : fmt::format("did you mean '{}'?", near));
  }
}

std::optional<std::string> BlockReader::optional_text(std::string_view key) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  if (auto value = node->value_exact<std::string>()) return value;
  fault(key, fmt::format("'{}' must be text", key), "put it in quotes");
  return std::nullopt;
}

std::string BlockReader::text(std::string_view key, std::string fallback) {
  return optional_text(key).value_or(std::move(fallback));
}

std::string BlockReader::required_text(std::string_view key) {
  if (!has(key)) {
    fault(key, fmt::format("'{}' is missing", key), fmt::format("add {} = \"...\"", key));
    return {};
  }
  std::string value = text(key);
  if (value.empty()) fault(key, fmt::format("'{}' is empty", key));
  return value;
}

std::vector<std::string> BlockReader::texts(std::string_view key, std::vector<std::string> fallback) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return fallback;
  std::vector<std::string> values;
  const toml::array* array = node->as_array();
  if (array != nullptr) {
    for (const toml::node& item : *array) {
      if (const auto value = item.value_exact<std::string>()) values.push_back(*value);
    }
  }
  if (array != nullptr && values.size() == array->size()) return values;
  fault(key, fmt::format("'{}' must be a list of texts", key), fmt::format("write {} = [\"...\"]", key));
  return fallback;
}

std::int64_t BlockReader::number(std::string_view key, std::int64_t fallback, std::int64_t low,
                                 std::int64_t high) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<std::int64_t>();
  if (value && *value >= low && *value <= high) return *value;
  fault(key, fmt::format("'{}' must be a whole number from {} to {}", key, low, high));
  return fallback;
}

bool BlockReader::flag(std::string_view key, bool fallback) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return fallback;
  if (const auto value = node->value_exact<bool>()) return *value;
  fault(key, fmt::format("'{}' must be true or false", key));
  return fallback;
}

Duration BlockReader::duration(std::string_view key, Duration fallback) {
  const auto value = optional_text(key);
  if (!value) return fallback;
  const auto parsed = parse_duration(*value);
  if (parsed) return *parsed;
  fault(key, parsed.error());
  return fallback;
}

std::optional<model::SecretRef> BlockReader::secret(std::string_view key) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  const std::string mend =
      fmt::format("write {0} = {{ env = \"NAME\" }}, {{ file = \"PATH\" }} or {{ stored = \"NAME\" }}", key);
  if (node->is_string()) {
    fault(key, fmt::format("'{}' holds a secret itself; only where it is found may stand here", key), mend);
    return std::nullopt;
  }
  const toml::table* table = node->as_table();
  if (table != nullptr && table->size() == 1) {
    const auto env = (*table)["env"].value_exact<std::string>();
    const auto file = (*table)["file"].value_exact<std::string>();
    if (env && !env->empty()) return model::EnvSecret{*env};
    if (file && !file->empty()) return model::FileSecret{*file};
    const auto stored = (*table)["stored"].value_exact<std::string>();
    if (stored && model::is_secret_name(*stored)) return model::StoredSecret{*stored};
    if (stored) {
      fault(key, fmt::format("'{}' is no name of a stored secret", single_line(*stored)),
            "1 to 64 letters, digits, '.', '_' and '-'");
      return std::nullopt;
    }
  }
  fault(key, fmt::format("'{}' does not say where the secret is found", key), mend);
  return std::nullopt;
}

}  // namespace certherald::app
