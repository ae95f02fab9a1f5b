// Targets as people and their files write them.

#include <cstdlib>
#include <sstream>

#include "base/bytes.hpp"

#include "scan/target.hpp"

using namespace certherald;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(as_text({data, size}));
  const auto keys = scan::parse_target(text);
  if (keys && (keys->empty() || keys->size() > scan::max_block_addresses)) std::abort();
  std::istringstream lines(text);
  const std::vector<std::string> words = {"-"};
  (void)scan::read_targets(words, {}, lines);
  return 0;
}
