#include "model/delivery.hpp"

#include "base/enum_names.hpp"

namespace certherald::model {
namespace {

constexpr EnumNames<DeliveryKind, 2> kinds = {{"create", "note"}};
constexpr EnumNames<DeliveryState, 6> states = {
    {"pending", "sending", "unknown", "done", "parked", "dropped"}};
constexpr EnumNames<OutcomeKind, 9> outcomes = {{"done", "absent", "not_sent", "rejected", "auth_failed",
                                                 "throttled", "unknown", "unavailable", "misconfigured"}};

}  // namespace

std::string_view to_string(DeliveryKind kind) { return kinds.name(kind); }
std::string_view to_string(DeliveryState state) { return states.name(state); }
std::string_view to_string(OutcomeKind kind) { return outcomes.name(kind); }
std::optional<DeliveryKind> delivery_kind_from(std::string_view text) { return kinds.find(text); }
std::optional<DeliveryState> delivery_state_from(std::string_view text) { return states.find(text); }

}  // namespace certherald::model
