#include "codec/xchacha20_poly1305.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

namespace certherald::codec {
namespace {

// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
constexpr std::string_view draft_plaintext =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
    "would be it.";
constexpr std::string_view draft_additional = "50515253c0c1c2c3c4c5c6c7";
constexpr std::string_view draft_key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
constexpr std::string_view draft_nonce = "404142434445464748494a4b4c4d4e4f5051525354555657";
constexpr std::string_view draft_ciphertext =
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
    "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
    "21f9664c97637da9768812f615c68b13b52e";
constexpr std::string_view draft_tag = "c0875924c1c7987947deafd8780acf49";

template <std::size_t size>
std::array<std::uint8_t, size> array_of(std::string_view hex) {
  std::array<std::uint8_t, size> out{};
  std::ranges::copy(from_hex(hex).value(), out.begin());
  return out;
}

TEST(Xchacha20Poly1305, DoesWhatTheDraftShows) {
  const auto key = array_of<xchacha_key_size>(draft_key);
  const auto nonce = array_of<xchacha_nonce_size>(draft_nonce);
  const Bytes additional = from_hex(draft_additional).value();
  const Bytes sealed = xchacha_encrypt(as_bytes(draft_plaintext), additional, nonce, key);
  EXPECT_EQ(to_hex(sealed), std::string(draft_ciphertext) + std::string(draft_tag));
  const auto opened = xchacha_decrypt(sealed, additional, nonce, key);
  ASSERT_TRUE(opened);
  EXPECT_EQ(as_text(*opened), draft_plaintext);
}

TEST(Xchacha20Poly1305, OpensNothingShorterThanATag) {
  const auto key = array_of<xchacha_key_size>(draft_key);
  const auto nonce = array_of<xchacha_nonce_size>(draft_nonce);
  for (std::size_t size = 0; size < poly1305_tag_size; ++size) {
    EXPECT_FALSE(xchacha_decrypt(Bytes(size), {}, nonce, key)) << size;
  }
}

// RFC 7693 knows BLAKE2b-512 only; this is what Python's hashlib says of 32 bytes.
TEST(Blake2b, HashesTo32Bytes) {
  EXPECT_EQ(to_hex(blake2b_256(as_bytes("abc"))),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

}  // namespace
}  // namespace certherald::codec
