// Requests as clients send them to the server. How the bytes are cut must not change what is read.

#include <algorithm>
#include <cstdlib>

#include "base/bytes.hpp"
#include "net/http_request_reader.hpp"

using namespace certherald;

namespace {

constexpr std::size_t small = 512;

// What the reader makes of it: one line for each request, and the refusal that ended it.
std::string read_all(ByteView bytes, std::size_t step) {
  net::RequestLimits limits;
  limits.header_bytes = limits.body_bytes = small;
  net::RequestReader reader(limits);
  std::string out;
  while (!bytes.empty()) {
    auto stage = reader.feed(bytes.first(std::min(step, bytes.size())));
    bytes = bytes.subspan(std::min(step, bytes.size()));
    while (stage && *stage == net::RequestReader::Stage::complete) {
      const auto received = reader.take();
      if (received.request.body.size() > small) std::abort();
      out += received.request.method + " " + received.request.target + " " + received.request.body + "\n";
      stage = reader.feed({});
    }
    if (!stage) break;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const std::string whole = read_all(bytes, std::max<std::size_t>(size, 1));
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}}) {
    if (read_all(bytes, step) != whole) std::abort();
  }
  return 0;
}
