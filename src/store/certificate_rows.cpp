#include "store/certificate_rows.hpp"

#include <algorithm>

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

// A DER among those of a batch: from byte `at` on, of which the first is 1.
constexpr std::array<Engine::JsonColumn, 3> place_columns = {
    {{"id", integer}, {"at", integer}, {"size", integer}}};

using Certificates = std::span<const Certificate* const>;

// How a certificate comes into the store.
struct Arrival {
  Origin origin = Origin::scan;
  Instant at;
};

std::string batch_names() {
  std::string out;
  for (const Engine::JsonColumn& column : batch_columns) {
    if (!out.empty()) out += ", ";
    out += column.name;
  }
  return out;
}

// `values` follows the names of batch_columns, imported, in_use and first_seen.
std::string insert_text(std::string_view values) {
  return fmt::format(
      "INSERT INTO certificates ({}, imported, in_use, first_seen) {} "
      "ON CONFLICT (sha256) DO NOTHING RETURNING id, sha256",
      batch_names(), values);
}

// Each by two short statements: nothing has to be packed and unpacked.
void insert_singly(Engine& engine, Certificates certificates, Arrival arrival,
                   std::vector<std::string>& others) {
  const std::string insert = insert_text(
      "VALUES (:sha256, :subject, :common_name, :dns_names, :ip_addresses, :issuer, :serial, :not_before, "
      ":not_after, :signature_algorithm, :key_type, :key_bits, :key_curve, :spki_sha256, :is_ca, "
      ":self_signed, :imported, :in_use, :now)");
  const std::string insert_der =
      "INSERT INTO certificate_der (certificate_id, der) VALUES (:id, decode(:der, 'hex'))";
  const int imported = arrival.origin == Origin::import ? 1 : 0;
  for (const Certificate* c : certificates) {
    const auto id = first_value<std::int64_t>(
        engine, insert, storable(c->sha256), storable(c->subject), storable(c->common_name),
        strings_to_json(c->dns_names), strings_to_json(c->ip_addresses), storable(c->issuer),
        storable(c->serial), c->not_before, c->not_after, storable(c->signature_algorithm),
        storable(c->key.type), c->key.bits, storable(c->key.curve), storable(c->key.spki_sha256), c->is_ca,
        c->self_signed, imported, imported, arrival.at);
    if (id) {
      execute(engine, insert_der, *id, to_hex(c->der));
    } else {
      others.push_back(c->sha256);
    }
  }
}

// All by two statements. The DER of all is one text, of which each row takes its part: it is decoded once.
void insert_together(Engine& engine, Certificates batch, Arrival arrival, std::vector<std::string>& others) {
  std::unordered_map<std::string, std::int64_t> added;
  const int imported = arrival.origin == Origin::import ? 1 : 0;
  Rows<std::int64_t, std::string> rows(
      engine,
      insert_text(fmt::format("SELECT {}, :imported, :in_use, :now FROM {} r WHERE 1 = 1", batch_names(),
                              engine.row_list(":batch", batch_columns))),
      imported, imported, arrival.at, certificates_to_json(batch));
  while (auto row = rows.next()) added.emplace(std::move(std::get<1>(*row)), std::get<0>(*row));
  std::string ders;
  std::string places;
  for (const Certificate* c : batch) {
    const auto place = added.find(c->sha256);
    if (place == added.end()) {
      others.push_back(c->sha256);
      continue;
    }
    places += fmt::format("{}[{},{},{}]", places.empty() ? "[" : ",", place->second, ders.size() / 2 + 1,
                          c->der.size());
    ders += to_hex(c->der);
    added.erase(place);  // the batch may hold it twice
  }
  if (places.empty()) return;
  execute(
      engine,
      fmt::format("INSERT INTO certificate_der (certificate_id, der) SELECT r.id, "
                  "substr(decode(:ders, 'hex'), CAST(r.at AS INTEGER), CAST(r.size AS INTEGER)) FROM {} r",
                  engine.row_list(":places", place_columns)),
      ders, places + "]");
}

// Certificates that a scan saw before become imported ones too.
void mark_imported(Engine& engine, const std::vector<std::string>& sha256) {
  std::vector<std::int64_t> ids;
  Rows<std::int64_t> rows(
      engine,
      fmt::format("SELECT id FROM certificates WHERE imported = 0 AND sha256 {}", engine.in_texts(":list")),
      strings_to_json(sha256));
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

std::vector<std::string> insert_certificates(Engine& engine, std::span<const Certificate> certificates,
                                             Origin origin, Instant now) {
  // In the order of the index by fingerprint, whose pages are then visited once each.
  std::vector<const Certificate*> order;
  order.reserve(certificates.size());
  for (const Certificate& certificate : certificates) order.push_back(&certificate);
  std::ranges::stable_sort(order, {}, [](const Certificate* c) -> const std::string& { return c->sha256; });

  std::vector<std::string> others;
  const Certificates all = order;
  if (!engine.is_far()) {
    insert_singly(engine, all, {origin, now}, others);
    return others;
  }
  for (std::size_t at = 0; at < all.size(); at += batch_rows) {
    insert_together(engine, all.subspan(at, std::min(batch_rows, all.size() - at)), {origin, now}, others);
  }
  return others;
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
  // Not EXISTS: PostgreSQL would make a table of all deployments for it, where it believes them few.
  execute(
      engine,
      fmt::format("UPDATE certificates SET in_use = CASE "
                  "WHEN (SELECT 1 FROM deployments d JOIN endpoints e ON e.id = d.endpoint_id AND "
                  "e.retired = 0 "
                  "WHERE d.certificate_id = certificates.id AND d.is_current = 1 LIMIT 1) IS NOT NULL THEN 1 "
                  "WHEN imported = 1 AND (SELECT 1 FROM deployments d WHERE d.certificate_id = "
                  "certificates.id LIMIT 1) IS NULL THEN 1 ELSE 0 END "
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
  // Not a join: among few certificates PostgreSQL would read the DER of all.
  CertificateRows<std::string> rows(
      engine,
      fmt::format("SELECT {}, coalesce((SELECT encode(x.der, 'hex') FROM certificate_der x "
                  "WHERE x.certificate_id = c.id), '') FROM certificates c WHERE c.sha256 {}",
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
    const auto known = insert_certificates(engine_, certificates, Origin::import, now);
    if (!known.empty()) mark_imported(engine_, known);
    return static_cast<std::int64_t>(certificates.size() - known.size());
  });
}

std::vector<CertificateInUse> certificates_in_use(Engine& engine, std::string_view where,
                                                  std::optional<Instant> end,
                                                  std::optional<std::string> list) {
  std::vector<CertificateInUse> out;
  std::unordered_map<std::int64_t, std::size_t> at;
  const auto read = [&](const auto&... params) {
    CertificateRows<> rows(engine,
                           fmt::format("SELECT {} FROM certificates c WHERE c.in_use = 1 AND {} "
                                       "ORDER BY c.not_after, c.id",
                                       certificate_columns, where),
                           params...);
    while (auto row = rows.next()) {
      StoredCertificate stored = to_certificate(std::move(*row));
      at.emplace(stored.id, out.size());
      out.push_back({std::move(stored.certificate), {}});
    }
    DeploymentRows deployments(engine,
                               fmt::format("{} c.in_use = 1 AND {} ORDER BY d.certificate_id, "
                                           "e.host, e.port, e.sni, e.address, e.starttls, d.address",
                                           deployment_select, where),
                               params...);
    while (auto row = deployments.next()) {
      const auto found = at.find(std::get<0>(*row));
      if (found == at.end()) continue;
      CertificateInUse& certificate = out[found->second];
      certificate.deployments.push_back(to_deployment(*row, certificate.certificate.sha256));
    }
  };
  if (end) {
    read(*end);
  } else if (list) {
    read(*list);
  } else {
    read();
  }
  return out;
}

Result<std::vector<CertificateInUse>> Session::ending_by(Instant end) {
  return engine_.guard([&]() -> Result<std::vector<CertificateInUse>> {
    return certificates_in_use(engine_, "c.not_after <= :end", end, {});
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
