#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {

struct Protocol {
  std::string_view name;  // as in model::EndpointKey::starttls
  std::uint16_t port;     // where it is spoken by default
  Factory make;
};

[[nodiscard]] std::span<const Protocol> protocols();

// Of any case; nullptr for one that is not spoken.
[[nodiscard]] const Protocol* find_protocol(std::string_view name);

// The same, or `invalid_input` with the list of all of them as its hint.
[[nodiscard]] Result<const Protocol*> need_protocol(std::string_view name);

}  // namespace certherald::scan::starttls
