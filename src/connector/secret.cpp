#include "connector/secret.hpp"

#include <cstdlib>

#include "base/file.hpp"

namespace certherald::connector {
namespace {

constexpr std::size_t largest = std::size_t{64} * 1024;

}  // namespace

Result<std::string> secret_from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return std::string(value);
  return with_hint(fail(ErrorKind::invalid_input, "the environment variable {} is not set", name),
                   "set it where the program is started");
}

Result<std::string> secret_from_file(const std::string& path) {
  auto text = read_file(path, largest);
  if (!text)
    return with_hint(fail(text.error()), "a secret is a file of at most 64 KiB that this program may read");
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->empty()) return fail(ErrorKind::invalid_input, "the secret file {} is empty", path);
  return std::move(*text);
}

net::Task<Result<std::string>> SystemSecrets::resolve(model::SecretRef reference) const {
  if (const auto* variable = std::get_if<model::EnvSecret>(&reference))
    co_return secret_from_environment(variable->name);
  if (const auto* file = std::get_if<model::FileSecret>(&reference)) co_return secret_from_file(file->path);
  co_return co_await stored_.open(std::get<model::StoredSecret>(reference).name);
}

}  // namespace certherald::connector
