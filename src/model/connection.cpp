#include "model/connection.hpp"

#include "base/enum_names.hpp"

namespace certherald::model {
namespace {

constexpr EnumNames<ConnectionType, 2> types = {{"servicedesk_plus", "servicenow"}};
constexpr EnumNames<Template, 2> templates = {{"detailed", "reference"}};

}  // namespace

std::string_view to_string(ConnectionType type) { return types.name(type); }
std::optional<ConnectionType> connection_type_from(std::string_view text) { return types.find(text); }
std::string_view to_string(Template body_template) { return templates.name(body_template); }
std::optional<Template> template_from(std::string_view text) { return templates.find(text); }

}  // namespace certherald::model
