// A CRL, or an OCSP response, from hostile bytes: never throws, takes bounded time, and says nothing but
// "unknown" about a certificate whose issuer did not sign it.

#include <cstdlib>
#include <string>

#include "base/bytes.hpp"
#include "codec/revocation/crl.hpp"
#include "codec/revocation/ocsp.hpp"
#include "codec/revocation/sources.hpp"

using namespace certherald;
using namespace certherald::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const Instant now(Seconds(1'795'000'000));
  const auto crl = revocation::Crl::parse(std::string(as_text(input)));
  if (crl) {
    const std::uint8_t serial[] = {0x10, 0x02};
    (void)crl->find(serial);
    if (crl->verify(input)) std::abort();  // a list is no certificate
    (void)revocation::look_up(*crl, input, now);
  }
  (void)revocation::revocation_sources(input);
  if (revocation::read_ocsp(input, input, input, now).state != revocation::RevocationState::unknown)
    std::abort();
  return 0;
}
