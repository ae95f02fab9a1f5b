// Targets as people and their files write them.

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "base/bytes.hpp"

#include "scan/target.hpp"

using namespace certherald;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(as_text({data, size}));
  std::istringstream lines(text);
  const std::vector<std::string> words = {"-"};
  const auto list = scan::read_targets(words, {.sni = {}, .starttls = {}, .max_targets = 100'000}, lines);
  if (!list) return 0;
  // The cursor writes out as many as were counted, and the first of them at once.
  if (list->size() > 100'000) std::abort();
  scan::TargetCursor cursor(*list);
  std::uint64_t written = 0;
  while (written < 1'000 && cursor.next()) ++written;
  if (written != std::min<std::uint64_t>(list->size(), 1'000)) std::abort();
  return 0;
}
