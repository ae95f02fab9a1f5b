#include "codec/java_keystore.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/text.hpp"
#include "codec/keystore.hpp"

namespace certherald::codec {
namespace {

constexpr std::uint32_t jks_magic = 0xfeedfeedU;
constexpr std::uint32_t jceks_magic = 0xcecececeU;
constexpr std::size_t digest_size = 20;  // SHA-1
constexpr std::uint32_t newest_version = 2;

enum class Tag : std::uint32_t { private_key = 1, certificate = 2, secret_key = 3 };

std::unexpected<Error> broken() { return fail(ErrorKind::invalid_input, "it is cut short or broken"); }

class Reader {
 public:
  Reader(ByteView body, std::uint32_t version) : reader_(body), version_(version) {}

  Status entry() {
    const auto tag = reader_.u32();
    const auto alias = reader_.vector16();
    const auto date = reader_.take(8);
    if (!tag || !alias || !date) return broken();
    switch (static_cast<Tag>(*tag)) {
      case Tag::private_key:
        return key_entry();
      case Tag::certificate:
        return certificate();
      case Tag::secret_key:
        return with_hint(fail(ErrorKind::invalid_input, "it is a secret key, whose end only Java can tell"),
                         "convert the file: keytool -importkeystore -deststoretype PKCS12");
    }
    return fail(ErrorKind::invalid_input, "there is no kind {} of entry", *tag);
  }

  [[nodiscard]] bool at_end() const { return reader_.empty(); }
  std::vector<Bytes> take() && { return std::move(found_); }

 private:
  Status key_entry() {
    const auto length = reader_.u32();
    if (!length || !reader_.take(*length)) return broken();
    const auto count = reader_.u32();
    if (!count) return broken();
    for (std::uint32_t i = 0; i < *count; ++i) {
      if (Status read = certificate(); !read) return read;
    }
    return {};
  }

  Status certificate() {
    if (version_ == newest_version) {
      const auto type = reader_.vector16();
      if (!type) return broken();
      const std::string_view name = as_text(*type);
      if (name != "X.509" && name != "X509") {
        return fail(ErrorKind::invalid_input, "a certificate of type '{}' is not read",
                    truncate(single_line(name), 40));
      }
    }
    const auto length = reader_.u32();
    if (!length) return broken();
    const auto der = reader_.take(*length);
    if (!der) return broken();
    if (found_.size() >= max_keystore_certificates)
      return fail(ErrorKind::too_large, "more than {} certificates", max_keystore_certificates);
    found_.emplace_back(der->begin(), der->end());
    return {};
  }

  ByteReader reader_;
  std::uint32_t version_;
  std::vector<Bytes> found_;
};

// UTF-16BE of well-formed UTF-8, as Java hashes a password.
Bytes utf16(std::string_view text) {
  Bytes out;
  const auto unit = [&out](std::uint32_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value & 0xffU));
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<std::uint8_t>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i)
      point = (point << 6U) | (static_cast<std::uint8_t>(text[at + i]) & 0x3fU);
    at += length;
    if (point < 0x10000) {
      unit(point);
      continue;
    }
    unit(0xd800U + ((point - 0x10000U) >> 10U));
    unit(0xdc00U + ((point - 0x10000U) & 0x3ffU));
  }
  return out;
}

bool is_whole(ByteView body, ByteView digest, std::string_view password) {
  Bytes hashed = utf16(password);
  const ByteView salt = as_bytes("Mighty Aphrodite");
  hashed.insert(hashed.end(), salt.begin(), salt.end());
  const std::size_t secret = hashed.size();
  hashed.insert(hashed.end(), body.begin(), body.end());
  std::array<std::uint8_t, digest_size> own{};
  const int done = EVP_Digest(hashed.data(), hashed.size(), own.data(), nullptr, EVP_sha1(), nullptr);
  OPENSSL_cleanse(hashed.data(), secret);
  return done == 1 && std::ranges::equal(own, digest);
}

}  // namespace

bool is_java_keystore(ByteView file) {
  const auto magic = ByteReader(file).u32();
  return magic == jks_magic || magic == jceks_magic;
}

Result<std::vector<Bytes>> java_keystore_certificates(ByteView file,
                                                      std::optional<std::string_view> password) {
  if (file.size() < digest_size) return broken();
  const ByteView body = file.first(file.size() - digest_size);
  ByteReader header(body);
  const auto magic = header.u32();
  const auto version = header.u32();
  const auto count = header.u32();
  if (!magic || !count) return broken();
  if (*version != 1 && *version != newest_version)
    return fail(ErrorKind::invalid_input, "a Java keystore of version {} is not read", *version);
  if (password && (!is_utf8(*password) || !is_whole(body, file.last(digest_size), *password)))
    return fail(ErrorKind::refused, "the passphrase is wrong, or the file was changed");
  Reader reader(header.rest(), *version);
  for (std::uint32_t i = 0; i < *count; ++i) {
    if (Status read = reader.entry(); !read) return fail_in(fmt::format("entry {}", i + 1), read.error());
  }
  if (!reader.at_end()) return broken();
  return std::move(reader).take();
}

}  // namespace certherald::codec
