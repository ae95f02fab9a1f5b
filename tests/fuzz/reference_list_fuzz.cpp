// The lists of keys, authorities and logs, and the timestamps of a certificate, from hostile bytes: never
// throw. The first byte says which.

#include "codec/x509/ct_logs.hpp"
#include "codec/x509/distrusted.hpp"
#include "codec/x509/known_keys.hpp"
#include "codec/x509/timestamps.hpp"

using namespace certherald;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input = ByteView(data, size).subspan(1);
  switch (*data % 4) {
    case 0:
      (void)codec::x509::KnownKeys::parse(as_text(input));
      break;
    case 1:
      (void)codec::x509::parse_distrusted(as_text(input));
      break;
    case 2:
      (void)codec::x509::parse_ct_logs(as_text(input));
      break;
    default:
      if (const auto timestamps = codec::x509::parse_timestamps(input)) {
        for (const auto& one : *timestamps) (void)codec::x509::verify_timestamp(one, input, input, input);
      }
  }
  return 0;
}
