#pragma once

#include <string_view>

namespace certherald::cli {

inline constexpr std::string_view version = "0.1.0";

}  // namespace certherald::cli
