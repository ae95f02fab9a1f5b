#include "store/certificate_rows.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <map>
#include <unordered_map>

#include "store/certificates_of.hpp"
#include "store/json_columns.hpp"
#include "store/keys.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using inventory::CertificateInUse;
using model::Certificate;

// Of one statement, whichever is reached first.
constexpr std::size_t batch_rows = 2'000;
constexpr std::size_t batch_bytes = std::size_t{4} * 1024 * 1024;  // of DER, which is packed as twice as many

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
      "INSERT INTO certificates ({}, imported, in_use, first_seen) {} ON CONFLICT (sha256) DO NOTHING",
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
      fmt::format("INSERT INTO certificate_der (certificate_id, der) VALUES ({}, {})", engine.latest_id(),
                  engine.unpacked(":der"));
  const int imported = arrival.origin == Origin::import ? 1 : 0;
  for (const Certificate* c : certificates) {
    const std::int64_t added =
        execute(engine, insert, storable(c->sha256), storable(c->subject), storable(c->common_name),
                strings_to_json(c->dns_names), strings_to_json(c->ip_addresses), storable(c->issuer),
                storable(c->serial), c->not_before, c->not_after, storable(c->signature_algorithm),
                storable(c->key.type), c->key.bits, storable(c->key.curve), storable(c->key.spki_sha256),
                c->is_ca, c->self_signed, imported, imported, arrival.at);
    if (added == 1) {
      execute(engine, insert_der, engine.pack(c->der));
    } else {
      others.push_back(c->sha256);
    }
  }
}

// Certificates on their way into two statements. The DER of all is one text, of which each row takes its
// part: it is decoded once.
struct Packed {
  Certificates certificates;
  std::string rows;
  std::string ders;
};

Packed pack(const Engine& engine, Certificates batch) {
  Bytes ders;
  for (const Certificate* c : batch) ders.insert(ders.end(), c->der.begin(), c->der.end());
  return {batch, certificates_to_json(batch), engine.pack(ders)};
}

// As many of the first as one statement takes; one at least.
Certificates first_batch(Certificates all) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < std::min(all.size(), batch_rows)) {
    bytes += all[count]->der.size();
    if (count > 0 && bytes > batch_bytes) break;
    ++count;
  }
  return all.first(count);
}

void insert_packed(Engine& engine, const Packed& packed, Arrival arrival, std::vector<std::string>& others) {
  std::unordered_map<std::string, std::int64_t> added;
  const int imported = arrival.origin == Origin::import ? 1 : 0;
  Rows<std::int64_t, std::string> rows(
      engine,
      insert_text(fmt::format("SELECT {}, :imported, :in_use, :now FROM {} r WHERE 1 = 1", batch_names(),
                              engine.row_list(":batch", batch_columns))) +
          " RETURNING id, sha256",
      imported, imported, arrival.at, packed.rows);
  while (auto row = rows.next()) added.emplace(std::move(std::get<1>(*row)), std::get<0>(*row));
  std::string places;
  std::size_t at = 1;
  for (const Certificate* c : packed.certificates) {
    const auto place = added.find(c->sha256);
    if (place == added.end()) {
      others.push_back(c->sha256);
    } else {
      places += fmt::format("{}[{},{},{}]", places.empty() ? "[" : ",", place->second, at, c->der.size());
      added.erase(place);  // the batch may hold it twice
    }
    at += c->der.size();
  }
  if (places.empty()) return;
  execute(engine,
          fmt::format("INSERT INTO certificate_der (certificate_id, der) SELECT r.id, "
                      "substr({}, CAST(r.at AS INTEGER), CAST(r.size AS INTEGER)) FROM {} r",
                      engine.unpacked(":ders"), engine.row_list(":places", place_columns)),
          packed.ders, places + "]");
}

// While the server works at one batch, another thread packs the next: each takes its time.
void insert_together(Engine& engine, Certificates certificates, Arrival arrival,
                     std::vector<std::string>& others) {
  Certificates batch = first_batch(certificates);
  Packed packed = pack(engine, batch);
  while (!batch.empty()) {
    certificates = certificates.subspan(batch.size());
    batch = first_batch(certificates);
    std::future<Packed> next;
    if (!batch.empty()) next = std::async(std::launch::async, pack, std::cref(engine), batch);
    insert_packed(engine, packed, arrival, others);
    if (next.valid()) packed = next.get();
  }
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
  insert_together(engine, all, {origin, now}, others);
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

Result<std::vector<CertificateInUse>> Session::ending_within(const inventory::Horizon& horizon) {
  return engine_.guard([&]() -> Result<std::vector<CertificateInUse>> {
    // The index by not_after finds them; for a share each that is in use is looked at.
    if (horizon.percent == 0) {
      return certificates_of(engine_, "c.in_use = 1 AND c.not_after <= :end", horizon.end);
    }
    return certificates_of(engine_,
                           "c.in_use = 1 AND (c.not_after <= :end OR 100 * (c.not_after - :now) <= "
                           "CAST(:percent AS BIGINT) * (c.not_after - c.not_before))",
                           horizon.end, horizon.now, horizon.percent);
  });
}

Result<std::map<std::string, Certificate>> Session::certificates(const std::vector<std::string>& sha256) {
  return engine_.guard([&]() -> Result<std::map<std::string, Certificate>> {
    std::map<std::string, Certificate> out;
    CertificateRows<> rows(engine_,
                           fmt::format("SELECT {} FROM certificates c WHERE c.sha256 {}", certificate_columns,
                                       engine_.in_texts(":list")),
                           strings_to_json(sha256));
    while (auto row = rows.next()) {
      Certificate certificate = to_certificate(std::move(*row)).certificate;
      std::string key = certificate.sha256;
      out.emplace(std::move(key), std::move(certificate));
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
