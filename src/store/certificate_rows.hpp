#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "inventory/repository.hpp"
#include "model/certificate.hpp"
#include "store/engine.hpp"

namespace certherald::store {

// Inserts those that are new, whole; returns the fingerprints of the others, which were there or came twice.
enum class Origin : std::uint8_t { scan, import };
std::vector<std::string> insert_certificates(Engine& engine, std::span<const model::Certificate> certificates,
                                             Origin origin, Instant now);

// fingerprint -> row of those that are there.
[[nodiscard]] std::unordered_map<std::string, std::int64_t> certificate_rows(
    Engine& engine, const std::vector<std::string>& sha256);

// Works out anew whether these certificates are in use.
void refresh_in_use(Engine& engine, std::span<const std::int64_t> certificates);

// The columns of a certificate (table alias c) and their way into the value, DER not included.
inline constexpr std::string_view certificate_columns =
    "c.id, c.sha256, c.subject, c.common_name, c.dns_names, c.ip_addresses, c.issuer, c.serial, "
    "c.not_before, "
    "c.not_after, c.signature_algorithm, c.key_type, c.key_bits, c.key_curve, c.spki_sha256, c.is_ca, "
    "c.self_signed";

template <class... More>
using CertificateRows = Rows<std::int64_t, std::string, std::string, std::string, std::string, std::string,
                             std::string, std::string, Instant, Instant, std::string, std::string, int,
                             std::string, std::string, bool, bool, More...>;

struct StoredCertificate {
  std::int64_t id = 0;
  model::Certificate certificate;
};
using CertificateTuple = CertificateRows<>::Row;
[[nodiscard]] StoredCertificate to_certificate(CertificateTuple row);

// The first columns of a longer row.
template <class... More>
[[nodiscard]] StoredCertificate to_certificate(typename CertificateRows<More...>::Row&& row) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return to_certificate(CertificateTuple{std::move(std::get<I>(row))...});
  }(std::make_index_sequence<std::tuple_size_v<CertificateTuple>>{});
}

// Certificates in use (alias c) of which `where` holds, with their deployments, ordered by their end; DER not
// included. `where` may name one parameter, whichever of `end` and `list` is given.
[[nodiscard]] std::vector<inventory::CertificateInUse> certificates_in_use(
    Engine& engine, std::string_view where, std::optional<Instant> end = {},
    std::optional<std::string> list = {});

// Whole certificates by fingerprint, DER included; those that are not there are left out.
[[nodiscard]] std::unordered_map<std::string, model::Certificate> whole_certificates(
    Engine& engine, const std::vector<std::string>& sha256);

}  // namespace certherald::store
