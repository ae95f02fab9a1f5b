// A stream of TLS records, cut into reads at places that the first byte gives.

#include <algorithm>
#include <cstdlib>

#include "codec/tls/handshake.hpp"
#include "codec/tls/record.hpp"
#include "codec/tls/server_messages.hpp"

using namespace certherald;
using namespace certherald::codec;

namespace {

// Takes what is whole; false where the stream is at its end.
bool drain(tls::RecordReader& reader, tls::HandshakeReader& handshake) {
  for (;;) {
    const auto step = reader.next();
    if (std::holds_alternative<tls::NeedMore>(step)) return true;
    const auto* record = std::get_if<tls::Record>(&step);
    if (record == nullptr) return false;
    if (record->fragment.size() > tls::max_record_fragment) std::abort();
    (void)tls::parse_alert(record->fragment);
    handshake.feed(record->fragment);
    auto message = handshake.next();
    while (std::holds_alternative<tls::HandshakeMessage>(message)) message = handshake.next();
    if (std::holds_alternative<tls::HandshakeTooLarge>(message)) return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] + 1U;
  ByteView rest(data + 1, size - 1);
  tls::RecordReader reader;
  tls::HandshakeReader handshake;
  while (!rest.empty()) {
    const auto space = reader.prepare();
    const std::size_t count = std::min({step, rest.size(), space.size()});
    if (count == 0) std::abort();
    std::ranges::copy(rest.first(count), space.begin());
    reader.commit(count);
    rest = rest.subspan(count);
    if (!drain(reader, handshake)) break;
  }
  return 0;
}
