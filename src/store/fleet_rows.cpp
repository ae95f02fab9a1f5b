#include "store/certificates_of.hpp"
#include "store/json_columns.hpp"
#include "store/session.hpp"

namespace certherald::store {

using inventory::Alike;
using inventory::CertificateInUse;
using inventory::RsaCertificate;

Result<std::vector<CertificateInUse>> Session::in_use_alike(Alike what) {
  return engine_.guard([&]() -> Result<std::vector<CertificateInUse>> {
    constexpr std::string_view keys =
        "c.in_use = 1 AND c.spki_sha256 IN (SELECT o.spki_sha256 FROM certificates o WHERE o.in_use = 1 "
        "GROUP BY o.spki_sha256 HAVING count(*) > 1)";
    constexpr std::string_view serials =
        "c.in_use = 1 AND (c.issuer, c.serial) IN (SELECT o.issuer, o.serial FROM certificates o WHERE "
        "o.in_use = 1 GROUP BY o.issuer, o.serial HAVING count(*) > 1)";
    return certificates_of(engine_, what == Alike::key ? keys : serials);
  });
}

Result<std::vector<CertificateInUse>> Session::in_use_with_keys(const std::vector<std::string>& spki_sha256) {
  if (spki_sha256.empty()) return std::vector<CertificateInUse>{};
  return engine_.guard([&]() -> Result<std::vector<CertificateInUse>> {
    return certificates_of(engine_,
                           fmt::format("c.in_use = 1 AND c.spki_sha256 {}", engine_.in_texts(":list")),
                           strings_to_json(spki_sha256));
  });
}

Result<std::vector<RsaCertificate>> Session::rsa_certificates(std::int64_t after, std::size_t limit) {
  return engine_.guard([&]() -> Result<std::vector<RsaCertificate>> {
    std::vector<RsaCertificate> out;
    // Not a join: PostgreSQL might sort the DER of all.
    Rows<std::int64_t, std::string, std::string> rows(
        engine_,
        "SELECT c.id, c.spki_sha256, coalesce((SELECT encode(x.der, 'hex') FROM certificate_der x WHERE "
        "x.certificate_id = c.id), '') FROM certificates c WHERE c.key_type = 'rsa' AND c.id > :after "
        "ORDER BY c.id LIMIT :limit",
        after, limit);
    while (auto row = rows.next()) {
      auto& [id, spki, hex] = *row;
      out.push_back({id, std::move(spki), from_hex(hex).value_or(Bytes{})});
    }
    return out;
  });
}

}  // namespace certherald::store
