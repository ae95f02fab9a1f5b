#include "model/connection.hpp"

#include <algorithm>
#include <array>

#include "base/enum_names.hpp"

namespace certherald::model {
namespace {

constexpr EnumNames<ConnectionType, 2> types = {{"servicedesk_plus", "servicenow"}};
constexpr EnumNames<Template, 2> templates = {{"detailed", "reference"}};

bool is_name_character(char c) {
  constexpr std::string_view marks = "._-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.contains(c);
}

}  // namespace

bool is_secret_name(std::string_view text) {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, is_name_character);
}

bool uses_secret(const Connection& connection, std::string_view name) {
  const std::array keys = {&connection.password, &connection.auth_token, &connection.proxy_password};
  return std::ranges::any_of(keys, [&](const auto* key) {
    if (!*key) return false;
    const auto* stored = std::get_if<StoredSecret>(&**key);
    return stored != nullptr && stored->name == name;
  });
}

std::string_view to_string(ConnectionType type) { return types.name(type); }
std::optional<ConnectionType> connection_type_from(std::string_view text) { return types.find(text); }
std::string_view to_string(Template body_template) { return templates.name(body_template); }
std::optional<Template> template_from(std::string_view text) { return templates.find(text); }

}  // namespace certherald::model
