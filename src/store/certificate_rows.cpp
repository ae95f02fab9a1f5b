#include "store/certificate_rows.hpp"

#include <algorithm>
#include <unordered_set>

#include "store/json_columns.hpp"
#include "store/keys.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using inventory::CertificateInUse;
using inventory::Deployment;
using model::Certificate;

constexpr std::size_t batch_rows = 2'000;

constexpr auto text = ValueKind::text;
constexpr auto integer = ValueKind::integer;

// The order in which certificates_to_json writes.
constexpr std::array<Engine::JsonColumn, 16> batch_columns = {{{"sha256", text},
                                                               {"subject", text},
                                                               {"common_name", text},
                                                               {"dns_names", text},
                                                               {"ip_addresses", text},
                                                               {"issuer", text},
                                                               {"serial", text},
                                                               {"not_before", integer},
                                                               {"not_after", integer},
                                                               {"signature_algorithm", text},
                                                               {"key_type", text},
                                                               {"key_bits", integer},
                                                               {"key_curve", text},
                                                               {"spki_sha256", text},
                                                               {"is_ca", integer},
                                                               {"self_signed", integer}}};

std::int64_t insert_batch(Engine& engine, std::span<const Certificate* const> batch, Origin origin,
                          Instant now) {
  std::string names;
  for (const Engine::JsonColumn& column : batch_columns) names += fmt::format("{}, ", column.name);
  const int imported = origin == Origin::import ? 1 : 0;
  const std::int64_t added = execute(
      engine,
      fmt::format("INSERT INTO certificates ({0}imported, in_use, first_seen) "
                  "SELECT {0}:imported, :in_use, :now FROM {1} r WHERE 1 = 1 ON CONFLICT (sha256) DO NOTHING",
                  names, engine.row_list(":batch", batch_columns)),
      imported, imported, now, certificates_to_json(batch));
  execute(
      engine,
      fmt::format(
          "INSERT INTO certificate_der (certificate_id, der) SELECT (SELECT c.id FROM certificates c WHERE "
          "c.sha256 = substr(r.value, 1, 64)), decode(substr(r.value, 65), 'hex') FROM {} r WHERE 1 = 1 "
          "ON CONFLICT (certificate_id) DO NOTHING",
          engine.hex_list(":batch")),
      ders_to_json(batch));
  return added;
}

std::vector<std::string> fingerprints(std::span<const Certificate> certificates) {
  std::vector<std::string> out;
  out.reserve(certificates.size());
  for (const Certificate& certificate : certificates) out.push_back(certificate.sha256);
  return out;
}

// Certificates that a scan saw before become imported ones too.
void mark_imported(Engine& engine, std::span<const Certificate> certificates) {
  std::vector<std::int64_t> ids;
  Rows<std::int64_t> rows(
      engine,
      fmt::format("SELECT id FROM certificates WHERE imported = 0 AND sha256 {}", engine.in_texts(":list")),
      strings_to_json(fingerprints(certificates)));
  while (auto row = rows.next()) ids.push_back(std::get<0>(*row));
  if (ids.empty()) return;
  execute(engine,
          fmt::format("UPDATE certificates SET imported = 1 WHERE id {}", engine.in_integers(":list")),
          integers_to_json(ids));
  refresh_in_use(engine, ids);
}

using DeploymentTuple = std::tuple<std::int64_t, std::string, Instant, Instant, std::string, std::uint16_t,
                                   std::string, std::string, std::string>;

Deployment to_deployment(DeploymentTuple& row, const std::string& sha256) {
  auto& [certificate, address, first, last, host, port, sni, connect, starttls] = row;
  return {sha256, {host, port, sni, connect, starttls}, std::move(address), first, last, true};
}

constexpr std::string_view deployment_select =
    "SELECT d.certificate_id, d.address, d.first_seen, d.last_seen, e.host, e.port, e.sni, e.address, "
    "e.starttls "
    "FROM deployments d JOIN endpoints e ON e.id = d.endpoint_id AND e.retired = 0 "
    "JOIN certificates c ON c.id = d.certificate_id WHERE d.is_current = 1 AND ";

using DeploymentRows = Rows<std::int64_t, std::string, Instant, Instant, std::string, std::uint16_t,
                            std::string, std::string, std::string>;

}  // namespace

std::int64_t insert_certificates(Engine& engine, std::span<const Certificate> certificates, Origin origin,
                                 Instant now) {
  std::int64_t added = 0;
  std::vector<const Certificate*> batch;
  const auto flush = [&] {
    if (!batch.empty()) added += insert_batch(engine, batch, origin, now);
    batch.clear();
  };
  for (const Certificate& certificate : certificates) {
    batch.push_back(&certificate);
    if (batch.size() == batch_rows) flush();
  }
  flush();
  return added;
}

std::unordered_map<std::string, std::int64_t> certificate_rows(Engine& engine,
                                                               const std::vector<std::string>& sha256) {
  std::unordered_map<std::string, std::int64_t> out;
  Rows<std::string, std::int64_t> rows(
      engine, fmt::format("SELECT sha256, id FROM certificates WHERE sha256 {}", engine.in_texts(":list")),
      strings_to_json(sha256));
  while (auto row = rows.next()) out.emplace(std::move(std::get<0>(*row)), std::get<1>(*row));
  return out;
}

void refresh_in_use(Engine& engine, std::span<const std::int64_t> certificates) {
  if (certificates.empty()) return;
  execute(
      engine,
      fmt::format("UPDATE certificates SET in_use = CASE "
                  "WHEN EXISTS (SELECT 1 FROM deployments d JOIN endpoints e ON e.id = d.endpoint_id AND "
                  "e.retired = 0 "
                  "WHERE d.certificate_id = certificates.id AND d.is_current = 1) THEN 1 "
                  "WHEN imported = 1 AND NOT EXISTS "
                  "(SELECT 1 FROM deployments d WHERE d.certificate_id = certificates.id) THEN 1 ELSE 0 END "
                  "WHERE id {}",
                  engine.in_integers(":list")),
      integers_to_json(certificates));
}

StoredCertificate to_certificate(CertificateTuple row) {
  auto& [id, sha256, subject, common_name, dns, ips, issuer, serial, not_before, not_after, algorithm,
         key_type, bits, curve, spki, is_ca, self_signed] = row;
  Certificate c;
  c.sha256 = std::move(sha256);
  c.subject = std::move(subject);
  c.common_name = std::move(common_name);
  c.dns_names = strings_from_json(dns);
  c.ip_addresses = strings_from_json(ips);
  c.issuer = std::move(issuer);
  c.serial = std::move(serial);
  c.not_before = not_before;
  c.not_after = not_after;
  c.signature_algorithm = std::move(algorithm);
  c.key = {std::move(key_type), bits, std::move(curve), std::move(spki)};
  c.is_ca = is_ca;
  c.self_signed = self_signed;
  return {id, std::move(c)};
}

std::unordered_map<std::string, Certificate> whole_certificates(Engine& engine,
                                                                const std::vector<std::string>& sha256) {
  std::unordered_map<std::string, Certificate> out;
  CertificateRows<std::string> rows(engine,
                                    fmt::format("SELECT {}, encode(x.der, 'hex') FROM certificates c JOIN "
                                                "certificate_der x ON x.certificate_id = c.id "
                                                "WHERE c.sha256 {}",
                                                certificate_columns, engine.in_texts(":list")),
                                    strings_to_json(sha256));
  while (auto row = rows.next()) {
    const auto der = from_hex(std::get<std::tuple_size_v<CertificateTuple>>(*row));
    Certificate certificate = to_certificate<std::string>(std::move(*row)).certificate;
    certificate.der = der.value_or(Bytes{});
    std::string key = certificate.sha256;
    out.emplace(std::move(key), std::move(certificate));
  }
  return out;
}

Result<std::int64_t> Session::import_certificates(std::span<const Certificate> certificates, Instant now) {
  return engine_.guard([&]() -> Result<std::int64_t> {
    std::int64_t added = 0;
    for (std::size_t at = 0; at < certificates.size(); at += batch_rows) {
      const auto batch = certificates.subspan(at, std::min(batch_rows, certificates.size() - at));
      added += insert_certificates(engine_, batch, Origin::import, now);
      mark_imported(engine_, batch);
    }
    return added;
  });
}

Result<std::vector<CertificateInUse>> Session::ending_by(Instant end) {
  return engine_.guard([&]() -> Result<std::vector<CertificateInUse>> {
    std::vector<CertificateInUse> out;
    std::unordered_map<std::int64_t, std::size_t> at;
    CertificateRows<> rows(
        engine_,
        fmt::format("SELECT {} FROM certificates c WHERE c.in_use = 1 AND c.not_after <= :end "
                    "ORDER BY c.not_after, c.id",
                    certificate_columns),
        end);
    while (auto row = rows.next()) {
      StoredCertificate stored = to_certificate(std::move(*row));
      at.emplace(stored.id, out.size());
      out.push_back({std::move(stored.certificate), {}});
    }
    DeploymentRows deployments(
        engine_,
        fmt::format("{} c.in_use = 1 AND c.not_after <= :end ORDER BY d.certificate_id, "
                    "e.host, e.port, e.sni, e.address, e.starttls, d.address",
                    deployment_select),
        end);
    while (auto row = deployments.next()) {
      const auto found = at.find(std::get<0>(*row));
      if (found == at.end()) continue;
      CertificateInUse& certificate = out[found->second];
      certificate.deployments.push_back(to_deployment(*row, certificate.certificate.sha256));
    }
    return out;
  });
}

Result<std::optional<CertificateInUse>> Session::certificate(const std::string& sha256) {
  return engine_.guard([&]() -> Result<std::optional<CertificateInUse>> {
    auto found = whole_certificates(engine_, {sha256});
    const auto at = found.find(sha256);
    if (at == found.end()) return std::nullopt;
    CertificateInUse out{std::move(at->second), {}};
    DeploymentRows deployments(
        engine_,
        fmt::format("{} c.sha256 = :sha256 ORDER BY e.host, e.port, e.sni, e.address, e.starttls, d.address",
                    deployment_select),
        sha256);
    while (auto row = deployments.next()) out.deployments.push_back(to_deployment(*row, sha256));
    return out;
  });
}

}  // namespace certherald::store
