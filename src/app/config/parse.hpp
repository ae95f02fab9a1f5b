#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/configuration.hpp"

namespace certherald::app {

// One fault of a configuration file. All of a file are told at once; none of it is applied then.
struct ConfigurationProblem {
  std::string file;
  int line = 0;  // 0 where the file as a whole is meant
  std::string message;
  std::string mend;  // what to do, may be ""

  friend bool operator==(const ConfigurationProblem&, const ConfigurationProblem&) = default;
};

using ParsedConfiguration = std::expected<Configuration, std::vector<ConfigurationProblem>>;

enum class FileKind : std::uint8_t {
  any,
  certificate,  // PEM, at least one certificate
  key,          // PEM, a private key
  secret,       // text of at most 64 KiB, not empty
};

// Whether a file that the configuration names can be read as what it is for; "" where it can, else why not.
using FileProbe = std::function<std::string(const std::string& path, FileKind kind)>;

// Reads a configuration in TOML 1.0. Refused, with line and mend: unknown blocks and keys, wrong types and
// values, duplicates, literal secrets, files that `probe` cannot read as what they are for. Never throws.
[[nodiscard]] ParsedConfiguration parse_configuration(std::string_view text, const std::string& file,
                                                      const FileProbe& probe);

// Reads a file of at most 64 MiB; "-" is standard input.
[[nodiscard]] ParsedConfiguration load_configuration(const std::string& path);

// "file:12: message (mend)".
[[nodiscard]] std::string describe(const ConfigurationProblem& problem);

}  // namespace certherald::app
