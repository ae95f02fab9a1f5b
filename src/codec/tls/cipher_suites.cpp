#include "codec/tls/cipher_suites.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "codec/tls/ssl2.hpp"

namespace certherald::codec::tls {

bool CipherInfo::forward_secret() const {
  using enum KeyExchange;
  switch (key_exchange) {
    case dhe:
    case ecdhe:
    case dh_anon:
    case ecdh_anon:
    case dhe_psk:
    case ecdhe_psk:
    case eccpwd:
    case negotiated:
    case srp:
      return true;
    case rsa:
    case rsa_export:
    case dh:
    case dh_export:
    case dhe_export:
    case dh_anon_export:
    case ecdh:
    case psk:
    case rsa_psk:
    case krb5:
    case krb5_export:
    case gost:
      return false;
  }
  return false;
}

bool CipherInfo::elliptic() const {
  using enum KeyExchange;
  return key_exchange == ecdh || key_exchange == ecdhe || key_exchange == ecdh_anon ||
         key_exchange == ecdhe_psk || key_exchange == eccpwd;
}

bool CipherInfo::finite_field() const {
  using enum KeyExchange;
  return key_exchange == dhe || key_exchange == dhe_export || key_exchange == dh_anon ||
         key_exchange == dh_anon_export;
}

bool CipherInfo::sends_certificate() const {
  using enum Authentication;
  return authentication == rsa || authentication == dss || authentication == ecdsa ||
         authentication == gost || authentication == negotiated;
}

const CipherInfo* find_cipher_suite(std::uint32_t code) {
  const bool of_ssl2 = code == 0 || code > 0xffff;
  const auto all = of_ssl2 ? ssl2_cipher_suites() : all_cipher_suites();
  const auto found = std::ranges::lower_bound(all, code, {}, &CipherInfo::code);
  return found != all.end() && found->code == code ? &*found : nullptr;
}

std::string cipher_suite_name(std::uint32_t code) {
  const CipherInfo* info = find_cipher_suite(code);
  return info != nullptr ? std::string(info->name)
                         : fmt::format("unknown 0x{:0{}x}", code, code > 0xffff ? 6 : 4);
}

}  // namespace certherald::codec::tls
