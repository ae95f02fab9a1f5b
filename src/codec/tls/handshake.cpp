#include "codec/tls/handshake.hpp"

namespace certherald::codec::tls {
namespace {

constexpr std::size_t header_size = 4;

}  // namespace

void HandshakeReader::feed(ByteView fragment) {
  total_ += fragment.size();
  if (total_ > max_handshake_flight) return;  // next() says so
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  buffer_.insert(buffer_.end(), fragment.begin(), fragment.end());
}

HandshakeStep HandshakeReader::next() {
  if (total_ > max_handshake_flight) return HandshakeTooLarge{total_, max_handshake_flight};
  const ByteView here = ByteView(buffer_).subspan(begin_);
  if (here.size() < header_size) return NeedMore{};
  const std::size_t length = std::size_t{here[1]} << 16U | std::size_t{here[2]} << 8U | here[3];
  if (length > max_handshake_message) return HandshakeTooLarge{length, max_handshake_message};
  if (here.size() < header_size + length) return NeedMore{};
  begin_ += header_size + length;
  return HandshakeMessage{static_cast<HandshakeType>(here[0]), here.subspan(header_size, length)};
}

}  // namespace certherald::codec::tls
