// Any bytes as a configuration file: never throws, and a refusal always says why.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "app/config/parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = certherald::app::parse_configuration(
      text, "fuzz.toml", [](const std::string&, certherald::app::FileKind) { return std::string(); });
  if (!parsed && (parsed.error().empty() || parsed.error().front().message.empty())) std::abort();
  return 0;
}
