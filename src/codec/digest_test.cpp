#include "codec/digest.hpp"

#include <gtest/gtest.h>

namespace certherald::codec {
namespace {

// FIPS 180-4's examples, as NIST publishes their digests.
TEST(Digest, Sha256InOnePieceOrMany) {
  struct Case {
    std::string text;
    std::string digest;
  };
  const Case cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(sha256_hex(as_bytes(c.text)), c.digest);
    Sha256 pieces;
    for (const char letter : c.text) {
      EXPECT_NE(pieces.hex(), c.digest);  // asking ends nothing
      pieces.add(as_bytes({&letter, 1}));
    }
    EXPECT_EQ(pieces.hex(), c.digest);
  }
}

}  // namespace
}  // namespace certherald::codec
