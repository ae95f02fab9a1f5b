#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <iterator>
#include <system_error>

#include "app/config/parse.hpp"
#include "base/file.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t largest = 64U << 20U;

std::string probe_file(const std::string& path) {
  if (::access(path.c_str(), R_OK) == 0) return {};
  return std::generic_category().message(errno);
}

}  // namespace

ParsedConfiguration load_configuration(const std::string& path) {
  const auto text = read_file(path == "-" ? "/dev/stdin" : path, largest);
  if (text) return parse_configuration(*text, path == "-" ? "standard input" : path, probe_file);
  return std::unexpected(
      std::vector<ConfigurationProblem>{{path, 0, text.error().message, text.error().hint}});
}

}  // namespace certherald::app
