// What a server says to an SSL 2.0 hello, whole and in pieces.

#include <cstdlib>

#include "codec/tls/ssl2.hpp"

using namespace certherald;
using namespace certherald::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const tls::Ssl2Step whole = tls::read_ssl2_answer(bytes);
  if (std::holds_alternative<tls::NeedMore>(whole) && size > 2 + 0x7fff) std::abort();
  if (const auto* hello = std::get_if<tls::Ssl2ServerHello>(&whole)) {
    if (hello->ciphers.size() > tls::max_ssl2_ciphers || hello->certificate.size() > size) std::abort();
  }
  // Fewer bytes tell nothing else than all of them, but that more is needed.
  const tls::Ssl2Step part = tls::read_ssl2_answer(bytes.first(size / 2));
  if (!std::holds_alternative<tls::NeedMore>(part) && part.index() != whole.index()) std::abort();
  return 0;
}
