// One handshake message: its first byte is the type, the next two a cipher suite and the fourth a version
// for those parsers that need to know; the rest is the body.

#include <cstdlib>

#include "codec/tls/server_messages.hpp"

using namespace certherald;
using namespace certherald::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader({data, size});
  const auto type = reader.u8();
  const auto cipher = reader.u16();
  const auto version = reader.u8();
  if (!type || !cipher || !version) return 0;
  const ByteView body = reader.rest();
  switch (static_cast<tls::HandshakeType>(*type)) {
    case tls::HandshakeType::server_hello:
      (void)tls::parse_server_hello(body);
      break;
    case tls::HandshakeType::certificate: {
      for (const auto parse : {tls::parse_certificate_list, tls::parse_certificate_list_tls13}) {
        const auto chain = parse(body);
        if (chain && chain->size() > tls::max_chain_length) std::abort();
      }
      break;
    }
    case tls::HandshakeType::server_key_exchange: {
      const tls::CipherInfo* info = tls::find_cipher_suite(*cipher);
      if (info != nullptr) (void)tls::parse_server_key_exchange(body, *info);
      break;
    }
    case tls::HandshakeType::certificate_request:
      (void)tls::parse_certificate_request(body, static_cast<std::uint16_t>(0x0300U | *version));
      break;
    case tls::HandshakeType::hello_request:
    case tls::HandshakeType::client_hello:
    case tls::HandshakeType::new_session_ticket:
    case tls::HandshakeType::encrypted_extensions:
    case tls::HandshakeType::server_hello_done:
    case tls::HandshakeType::certificate_verify:
    case tls::HandshakeType::client_key_exchange:
    case tls::HandshakeType::finished:
    case tls::HandshakeType::certificate_status:
    case tls::HandshakeType::key_update:
      break;
  }
  return 0;
}
