// One certificate from hostile bytes: never throws, gives well-formed text, takes bounded time.

#include <cstdlib>

#include "base/text.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/hostname.hpp"
#include "codec/x509/trust.hpp"
#include "codec/x509/weak_modulus.hpp"

using namespace certherald;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto details = codec::x509::certificate_details(input);
  const auto reading = codec::x509::read_certificate(input);
  const auto certificate = codec::x509::parse_certificate(input);
  if (certificate.has_value() != reading.has_value()) std::abort();
  if (!certificate) return 0;
  if (*certificate != reading->certificate || details != reading->details) std::abort();
  if (!is_utf8(certificate->subject) || !is_utf8(certificate->common_name)) std::abort();
  for (const std::string& name : certificate->dns_names) {
    if (!is_utf8(name) || name.find('\0') != std::string::npos) std::abort();
  }
  (void)codec::x509::has_close_primes(details.key.modulus);
  (void)codec::x509::has_roca_fingerprint(details.key.modulus);
  (void)codec::x509::names_host(*certificate, "shop.example.com");
  const std::vector<model::Certificate> chain(3, *certificate);
  static const auto roots = codec::x509::TrustStore::from({});
  (void)roots->verify(chain, Instant(Seconds(1'795'000'000)));
  return 0;
}
