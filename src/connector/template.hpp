#pragma once

#include <map>
#include <string>
#include <string_view>

namespace certherald::connector {

// {{name}} replaced by the value of that name, "" where there is none. Values are not expanded again: they
// may come from a certificate. What is opened and never closed stays as it is.
[[nodiscard]] std::string expand(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace certherald::connector
