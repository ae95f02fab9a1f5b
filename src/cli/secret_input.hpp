#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/context.hpp"

namespace certherald::cli {

// A secret from standard input without its final newline; where that is a terminal, `prompt` is shown on
// `context.err` and the answer is not. Wipe it after use. `invalid_input` where it is empty or larger than 64
// KiB, `cancelled` where the person gave up.
[[nodiscard]] Result<std::string> read_secret(CommandContext& context, const std::string& prompt);

}  // namespace certherald::cli
