#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "codec/tls/prf.hpp"
#include "codec/tls/record.hpp"

namespace certherald::codec::tls {

struct RecordSuite;  // how one suite protects records

// nullptr for suites whose records are not known here: everything but AES with CBC or GCM, and
// ChaCha20-Poly1305, with RSA, DHE or ECDHE as key exchange.
[[nodiscard]] const RecordSuite* find_record_suite(std::uint16_t code);
[[nodiscard]] PrfHash prf_of(const RecordSuite& suite, std::uint16_t version);

// Protects the records of one direction from TLS 1.0 to TLS 1.2 (RFC 5246 section 6.2.3, RFC 4346 section
// 6.2.3, RFC 2246 section 6.2.3, RFC 5288, RFC 7905).
class RecordCipher {
 public:
  // The next record whole, with its header; `content` has at most 2^14 bytes.
  [[nodiscard]] Bytes seal(ContentType type, ByteView content);
  // What the next record holds; nothing where padding, MAC or tag are not right.
  [[nodiscard]] std::optional<Bytes> open(ContentType type, ByteView fragment);

  // For records that are wrong on purpose, with CBC only. The MAC that the next record has; that record, of
  // what is encrypted as it stands: content, MAC and padding, a multiple of block_size; and what is in one as
  // it stands, which does not count it.
  [[nodiscard]] Bytes mac(ContentType type, ByteView content) const;
  [[nodiscard]] Bytes seal_blocks(ContentType type, ByteView blocks);
  [[nodiscard]] std::optional<Bytes> open_blocks(ByteView fragment);
  static constexpr std::size_t block_size = 16;

 private:
  friend std::pair<RecordCipher, RecordCipher> make_record_ciphers(const RecordSuite&, std::uint16_t,
                                                                   ByteView, ByteView, Random&);
  RecordCipher(const RecordSuite& suite, std::uint16_t version, Random& random)
      : suite_(&suite), version_(version), random_(&random) {}

  [[nodiscard]] Bytes counted_header(ContentType type, std::size_t size) const;
  [[nodiscard]] Bytes record(ContentType type, ByteView explicit_part, ByteView sealed) const;
  [[nodiscard]] Bytes nonce(ByteView explicit_part) const;
  [[nodiscard]] Bytes cbc(bool encrypt, ByteView iv, ByteView blocks) const;
  [[nodiscard]] std::optional<Bytes> open_cbc(ContentType type, ByteView fragment);
  [[nodiscard]] std::optional<Bytes> open_aead_record(ContentType type, ByteView fragment);

  const RecordSuite* suite_;
  std::uint16_t version_;
  Random* random_;
  Bytes mac_key_;
  Bytes key_;
  Bytes iv_;  // CBC of TLS 1.0: the last block before
  std::uint64_t records_ = 0;
};

// What the client sends with and what it reads with, in this order, of the master secret (RFC 5246 section
// 6.3). `randoms`: of the server, then of the client. `random` outlives both.
[[nodiscard]] std::pair<RecordCipher, RecordCipher> make_record_ciphers(const RecordSuite& suite,
                                                                        std::uint16_t version,
                                                                        ByteView master, ByteView randoms,
                                                                        Random& random);

}  // namespace certherald::codec::tls
