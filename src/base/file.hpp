#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace certherald {

// The whole file. Errors name the file and the reason: `not_found`, `too_large` beyond `limit` bytes
// (which also bounds what a device or a pipe can feed us), else `invalid_input`.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace certherald
