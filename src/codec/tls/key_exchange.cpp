#include "codec/tls/key_exchange.hpp"

#include <algorithm>

#include "codec/tls/digests.hpp"
#include "codec/tls/rsa_key.hpp"
#include "codec/tls/server_messages.hpp"
#include "codec/tls/tls13_flight.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {
namespace {

using x509::BignumHandle;
using BignumContext = x509::Handle<BN_CTX, BN_CTX_free>;

// RFC 5246 section 7.4.7.1, with the padding of RFC 8017 section 7.2.1.
std::optional<ClientKeys> by_rsa(std::uint16_t version, const ServerKeys& server, Random& random) {
  constexpr std::size_t premaster_size = 48;
  constexpr std::size_t around = 3;  // 00 02 in front, 00 behind the padding
  const auto key = RsaKey::of_certificate(server.certificate);
  if (!key) return std::nullopt;
  ByteWriter premaster;
  Bytes rest(premaster_size - 2);
  random.fill(rest);
  premaster.u16(version).bytes(rest);
  Bytes padding(key->size() - premaster_size - around);
  random.fill(padding);
  std::ranges::replace(padding, std::uint8_t{0}, std::uint8_t{1});
  ByteWriter block;
  block.u16(0x0002).bytes(padding).u8(0).bytes(premaster.view());
  const auto sealed = key->raw_encrypt(block.view());
  if (!sealed) return std::nullopt;
  ByteWriter message;
  message.vector16(*sealed);
  return ClientKeys{std::move(message).take(), std::move(premaster).take()};
}

std::optional<ClientKeys> by_curve(const ServerKeys& server) {
  constexpr std::uint8_t named_curve = 3;
  ByteReader reader(server.key_exchange);
  const auto kind = reader.u8();
  const auto group = reader.u16();
  const auto point = reader.vector8();
  if (kind != named_curve || !group || !point) return std::nullopt;
  const auto share = KeyShare::make(*group);
  if (!share) return std::nullopt;
  auto secret = share->agree(*point);
  if (!secret) return std::nullopt;
  ByteWriter message;
  message.vector8(share->public_key());
  return ClientKeys{std::move(message).take(), std::move(*secret)};
}

BignumHandle number_of(ByteView bytes) {
  BignumHandle out(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  must(out != nullptr);
  return out;
}

Bytes bytes_of(const BIGNUM* number) {
  Bytes out(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, out.data());
  return out;
}

// RFC 5246 sections 7.4.7.2 and 8.1.2: leading zeros of the secret are left out.
std::optional<ClientKeys> by_finite_field(const CipherInfo& suite, const ServerKeys& server, Random& random) {
  constexpr int fewest_bits = 512;
  constexpr int most_bits = 8192;
  constexpr std::size_t exponent_size = 48;
  const auto told = parse_server_key_exchange(server.key_exchange, suite);
  if (!told || told->dh_bits.value_or(0) < fewest_bits || *told->dh_bits > most_bits) return std::nullopt;
  const BignumHandle prime = number_of(told->dh_prime);
  const BignumHandle generator = number_of(told->dh_generator);
  const BignumHandle theirs = number_of(told->dh_public);
  const BignumHandle last(BN_dup(prime.get()));
  must(last != nullptr && BN_sub_word(last.get(), 1) == 1);
  if (BN_is_odd(prime.get()) == 0 || BN_cmp(theirs.get(), BN_value_one()) <= 0 ||
      BN_cmp(theirs.get(), last.get()) >= 0) {
    return std::nullopt;
  }
  Bytes exponent(exponent_size);
  random.fill(exponent);
  const BignumHandle mine = number_of(exponent);
  const BignumContext context(BN_CTX_new());
  const BignumHandle open(BN_new());
  const BignumHandle secret(BN_new());
  must(context != nullptr && open != nullptr && secret != nullptr &&
       BN_mod_exp(open.get(), generator.get(), mine.get(), prime.get(), context.get()) == 1 &&
       BN_mod_exp(secret.get(), theirs.get(), mine.get(), prime.get(), context.get()) == 1);
  ByteWriter message;
  message.vector16(bytes_of(open.get()));
  return ClientKeys{std::move(message).take(), bytes_of(secret.get())};
}

}  // namespace

std::optional<ClientKeys> make_client_keys(const CipherInfo& suite, std::uint16_t version,
                                           const ServerKeys& server, Random& random) {
  if (suite.key_exchange == KeyExchange::rsa) return by_rsa(version, server, random);
  if (suite.key_exchange == KeyExchange::ecdhe) return by_curve(server);
  if (suite.key_exchange == KeyExchange::dhe) return by_finite_field(suite, server, random);
  return std::nullopt;
}

}  // namespace certherald::codec::tls
