#include "codec/tls/record_cipher.hpp"

#include <algorithm>
#include <array>

#include "codec/tls/aead.hpp"
#include "codec/tls/digests.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {

enum class RecordForm : std::uint8_t { cbc, gcm, chacha };

struct RecordSuite {
  std::uint16_t code;
  RecordForm form;
  const EVP_CIPHER* (*cipher)();
  const EVP_MD* (*mac)();  // nullptr where the cipher authenticates itself
  std::size_t key_size;
  PrfHash prf;

  [[nodiscard]] std::size_t mac_size() const {
    return mac == nullptr ? 0 : static_cast<std::size_t>(EVP_MD_get_size(mac()));
  }
  // What the key block holds of it; CBC needs one in TLS 1.0 only.
  [[nodiscard]] std::size_t iv_size() const {
    switch (form) {
      case RecordForm::cbc:
        return 16;
      case RecordForm::gcm:
        return 4;
      case RecordForm::chacha:
        return 12;
    }
    return 0;
  }
};

namespace {

using enum RecordForm;
using enum PrfHash;
using CipherContext = x509::Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::uint16_t version_tls11 = 0x0302;
constexpr std::uint16_t version_tls12 = 0x0303;
constexpr std::size_t explicit_nonce = 8;  // RFC 5288 section 3

constexpr std::array suites = std::to_array<RecordSuite>({
    {0x002f, cbc, EVP_aes_128_cbc, EVP_sha1, 16, sha256},
    {0x0033, cbc, EVP_aes_128_cbc, EVP_sha1, 16, sha256},
    {0x0035, cbc, EVP_aes_256_cbc, EVP_sha1, 32, sha256},
    {0x0039, cbc, EVP_aes_256_cbc, EVP_sha1, 32, sha256},
    {0x003c, cbc, EVP_aes_128_cbc, EVP_sha256, 16, sha256},
    {0x003d, cbc, EVP_aes_256_cbc, EVP_sha256, 32, sha256},
    {0x0067, cbc, EVP_aes_128_cbc, EVP_sha256, 16, sha256},
    {0x006b, cbc, EVP_aes_256_cbc, EVP_sha256, 32, sha256},
    {0x009c, gcm, EVP_aes_128_gcm, nullptr, 16, sha256},
    {0x009d, gcm, EVP_aes_256_gcm, nullptr, 32, sha384},
    {0x009e, gcm, EVP_aes_128_gcm, nullptr, 16, sha256},
    {0x009f, gcm, EVP_aes_256_gcm, nullptr, 32, sha384},
    {0xc009, cbc, EVP_aes_128_cbc, EVP_sha1, 16, sha256},
    {0xc00a, cbc, EVP_aes_256_cbc, EVP_sha1, 32, sha256},
    {0xc013, cbc, EVP_aes_128_cbc, EVP_sha1, 16, sha256},
    {0xc014, cbc, EVP_aes_256_cbc, EVP_sha1, 32, sha256},
    {0xc023, cbc, EVP_aes_128_cbc, EVP_sha256, 16, sha256},
    {0xc024, cbc, EVP_aes_256_cbc, EVP_sha384, 32, sha384},
    {0xc027, cbc, EVP_aes_128_cbc, EVP_sha256, 16, sha256},
    {0xc028, cbc, EVP_aes_256_cbc, EVP_sha384, 32, sha384},
    {0xc02b, gcm, EVP_aes_128_gcm, nullptr, 16, sha256},
    {0xc02c, gcm, EVP_aes_256_gcm, nullptr, 32, sha384},
    {0xc02f, gcm, EVP_aes_128_gcm, nullptr, 16, sha256},
    {0xc030, gcm, EVP_aes_256_gcm, nullptr, 32, sha384},
    {0xcca8, chacha, EVP_chacha20_poly1305, nullptr, 32, sha256},
    {0xcca9, chacha, EVP_chacha20_poly1305, nullptr, 32, sha256},
    {0xccaa, chacha, EVP_chacha20_poly1305, nullptr, 32, sha256},
});

void put_number(Bytes& to, std::uint64_t value) {
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(value >> 32U)).u32(static_cast<std::uint32_t>(value));
  append(to, out.view());
}

}  // namespace

const RecordSuite* find_record_suite(std::uint16_t code) {
  const auto* row = std::ranges::find(suites, code, &RecordSuite::code);
  return row == suites.end() ? nullptr : row;
}

PrfHash prf_of(const RecordSuite& suite, std::uint16_t version) {
  return version < version_tls12 ? md5_sha1 : suite.prf;
}

// The number of the record and its header: what MAC and tag cover beside the content.
Bytes RecordCipher::counted_header(ContentType type, std::size_t size) const {
  Bytes out;
  put_number(out, records_);
  ByteWriter header;
  header.u8(static_cast<std::uint8_t>(type)).u16(version_).u16(static_cast<std::uint16_t>(size));
  append(out, header.view());
  return out;
}

Bytes RecordCipher::record(ContentType type, ByteView explicit_part, ByteView sealed) const {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type)).u16(version_);
  out.u16(static_cast<std::uint16_t>(explicit_part.size() + sealed.size()));
  out.bytes(explicit_part).bytes(sealed);
  return std::move(out).take();
}

Bytes RecordCipher::nonce(ByteView explicit_part) const {
  Bytes out = iv_;
  if (suite_->form == gcm) {
    append(out, explicit_part);
    return out;
  }
  std::uint64_t number = records_;
  for (auto at = out.rbegin(); number > 0; ++at, number >>= 8U) *at ^= static_cast<std::uint8_t>(number);
  return out;
}

Bytes RecordCipher::mac(ContentType type, ByteView content) const {
  Bytes input = counted_header(type, content.size());
  append(input, content);
  return hmac(suite_->mac(), mac_key_, input);
}

Bytes RecordCipher::cbc(bool encrypt, ByteView iv, ByteView blocks) const {
  const CipherContext context(EVP_CIPHER_CTX_new());
  must(context != nullptr);
  EVP_CIPHER_CTX* on = context.get();
  must(EVP_CipherInit_ex(on, suite_->cipher(), nullptr, key_.data(), iv.data(), encrypt ? 1 : 0) == 1 &&
       EVP_CIPHER_CTX_set_padding(on, 0) == 1);
  Bytes out(blocks.size() + block_size);
  int written = 0;
  must(EVP_CipherUpdate(on, out.data(), &written, blocks.data(), static_cast<int>(blocks.size())) == 1);
  out.resize(blocks.size());
  return out;
}

Bytes RecordCipher::seal_blocks(ContentType type, ByteView blocks) {
  Bytes shown;
  if (version_ >= version_tls11) {
    iv_.resize(block_size);
    random_->fill(iv_);
    shown = iv_;
  }
  const Bytes sealed = cbc(true, iv_, blocks);
  if (!sealed.empty()) iv_.assign(sealed.end() - block_size, sealed.end());
  ++records_;
  return record(type, shown, sealed);
}

Bytes RecordCipher::seal(ContentType type, ByteView content) {
  if (suite_->form == RecordForm::cbc) {
    Bytes blocks(content.begin(), content.end());
    append(blocks, mac(type, content));
    const std::size_t padding = block_size - blocks.size() % block_size;
    blocks.insert(blocks.end(), padding, static_cast<std::uint8_t>(padding - 1));
    return seal_blocks(type, blocks);
  }
  Bytes shown;
  if (suite_->form == gcm) put_number(shown, records_);
  const Bytes header = counted_header(type, content.size());
  const Bytes once = nonce(shown);
  const Bytes sealed =
      seal_aead({.cipher = suite_->cipher(), .key = key_, .nonce = once, .header = header}, content);
  ++records_;
  return record(type, shown, sealed);
}

std::optional<Bytes> RecordCipher::open(ContentType type, ByteView fragment) {
  const x509::QuietErrors quiet;
  return suite_->form == RecordForm::cbc ? open_cbc(type, fragment) : open_aead_record(type, fragment);
}

std::optional<Bytes> RecordCipher::open_aead_record(ContentType type, ByteView fragment) {
  constexpr std::size_t tag = 16;
  const std::size_t shown = suite_->form == gcm ? explicit_nonce : 0;
  if (fragment.size() < shown + tag) return std::nullopt;
  const Bytes header = counted_header(type, fragment.size() - shown - tag);
  const Bytes once = nonce(fragment.first(shown));
  ++records_;
  return open_aead({.cipher = suite_->cipher(), .key = key_, .nonce = once, .header = header},
                   fragment.subspan(shown));
}

std::optional<Bytes> RecordCipher::open_blocks(ByteView fragment) {
  Bytes iv = iv_;
  if (version_ >= version_tls11) {
    if (fragment.size() < block_size) return std::nullopt;
    iv.assign(fragment.begin(), fragment.begin() + block_size);
    fragment = fragment.subspan(block_size);
  }
  if (fragment.empty() || fragment.size() % block_size != 0) return std::nullopt;
  iv_.assign(fragment.end() - block_size, fragment.end());
  return cbc(false, iv, fragment);
}

// What is read here is the answer to ourselves: nobody else sees how long it takes.
std::optional<Bytes> RecordCipher::open_cbc(ContentType type, ByteView fragment) {
  auto blocks = open_blocks(fragment);
  if (!blocks) return std::nullopt;
  Bytes& plain = *blocks;
  const std::size_t padding = std::size_t{plain.back()} + 1;
  if (padding + suite_->mac_size() > plain.size()) return std::nullopt;
  const ByteView filler = ByteView(plain).last(padding);
  if (std::ranges::any_of(filler, [&](std::uint8_t byte) { return byte != plain.back(); }))
    return std::nullopt;
  plain.resize(plain.size() - padding);
  const Bytes told(plain.end() - static_cast<std::ptrdiff_t>(suite_->mac_size()), plain.end());
  plain.resize(plain.size() - suite_->mac_size());
  const bool good = mac(type, plain) == told;
  ++records_;
  return good ? std::move(blocks) : std::nullopt;
}

std::pair<RecordCipher, RecordCipher> make_record_ciphers(const RecordSuite& suite, std::uint16_t version,
                                                          ByteView master, ByteView randoms, Random& random) {
  std::pair out(RecordCipher(suite, version, random), RecordCipher(suite, version, random));
  const std::size_t size = 2 * (suite.mac_size() + suite.key_size + suite.iv_size());
  const Bytes block = prf(prf_of(suite, version), master, "key expansion", randoms, size);
  ByteReader reader(block);
  const auto deal = [&](Bytes RecordCipher::* part, std::size_t count) {
    for (RecordCipher* one : {&out.first, &out.second}) {
      const ByteView bytes = reader.take(count).value_or(ByteView());
      (one->*part).assign(bytes.begin(), bytes.end());
    }
  };
  deal(&RecordCipher::mac_key_, suite.mac_size());
  deal(&RecordCipher::key_, suite.key_size);
  deal(&RecordCipher::iv_, suite.iv_size());
  return out;
}

}  // namespace certherald::codec::tls
