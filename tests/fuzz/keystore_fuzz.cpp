// A file of certificates from hostile bytes, with and without a passphrase.

#include <cstdlib>

#include "codec/keystore.hpp"

using namespace certherald;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto open = codec::read_keystore(input);
  if (open && open->certificates.empty()) std::abort();
  (void)codec::read_keystore(input, "correct horse");
  return 0;
}
