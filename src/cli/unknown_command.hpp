#pragma once

#include <optional>
#include <span>
#include <string>

namespace CLI {
class App;
}

namespace certherald::cli {

// What to say where the words name no command, with the nearest one; nothing where they do, or where an
// option stands first.
[[nodiscard]] std::optional<std::string> unknown_command(const CLI::App& app,
                                                         std::span<const std::string> words);

}  // namespace certherald::cli
