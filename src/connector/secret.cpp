#include "connector/secret.hpp"

#include <cstdlib>

#include "base/file.hpp"

namespace certherald::connector {
namespace {

constexpr std::size_t largest = std::size_t{64} * 1024;

Result<std::string> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return std::string(value);
  return with_hint(fail(ErrorKind::invalid_input, "the environment variable {} is not set", name),
                   "set it where the program is started");
}

Result<std::string> from_file(const std::string& path) {
  auto text = read_file(path, largest);
  if (!text)
    return with_hint(fail(text.error()), "a secret is a file of at most 64 KiB that this program may read");
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->empty()) return fail(ErrorKind::invalid_input, "the secret file {} is empty", path);
  return std::move(*text);
}

}  // namespace

Result<std::string> SystemSecrets::resolve(const model::SecretRef& reference) const {
  if (const auto* variable = std::get_if<model::EnvSecret>(&reference))
    return from_environment(variable->name);
  return from_file(std::get<model::FileSecret>(reference).path);
}

}  // namespace certherald::connector
