// A list of endpoints from hostile text.

#include <cstdlib>

#include "app/endpoint_csv.hpp"
#include "base/bytes.hpp"

using namespace certherald;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(ByteView(data, size));
  (void)app::is_endpoint_csv(text);
  const auto endpoints = app::read_endpoint_csv(text);
  if (endpoints && endpoints->empty()) std::abort();
  return 0;
}
