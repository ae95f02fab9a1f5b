#include "store/certificate_rows.hpp"
#include "store/json_columns.hpp"
#include "store/session.hpp"

namespace certherald::store {

using inventory::Alike;
using inventory::CertificateInUse;

Result<std::vector<CertificateInUse>> Session::in_use_alike(Alike what) {
  return engine_.guard([&]() -> Result<std::vector<CertificateInUse>> {
    constexpr std::string_view keys =
        "c.spki_sha256 IN (SELECT o.spki_sha256 FROM certificates o WHERE o.in_use = 1 GROUP "
        "BY o.spki_sha256 HAVING count(*) > 1)";
    constexpr std::string_view serials =
        "(c.issuer, c.serial) IN (SELECT o.issuer, o.serial FROM certificates o WHERE o.in_use "
        "= 1 GROUP BY o.issuer, o.serial HAVING count(*) > 1)";
    return certificates_in_use(engine_, what == Alike::key ? keys : serials);
  });
}

Result<std::vector<CertificateInUse>> Session::in_use_with_keys(const std::vector<std::string>& spki_sha256) {
  if (spki_sha256.empty()) return std::vector<CertificateInUse>{};
  return engine_.guard([&]() -> Result<std::vector<CertificateInUse>> {
    const std::string where = fmt::format("c.spki_sha256 {}", engine_.in_texts(":list"));
    return certificates_in_use(engine_, where, {}, strings_to_json(spki_sha256));
  });
}

Status Session::each_rsa_key(const std::function<Status(const std::string&, ByteView)>& visit) {
  return engine_.guard([&]() -> Status {
    Rows<std::string, std::string> rows(
        streamed, engine_,
        "SELECT c.spki_sha256, encode(x.der, 'hex') FROM certificates c JOIN certificate_der x ON "
        "x.certificate_id = c.id WHERE c.id IN (SELECT min(o.id) FROM certificates o WHERE o.key_type = "
        "'rsa' "
        "GROUP BY o.spki_sha256) ORDER BY c.id");
    while (auto row = rows.next()) {
      const auto der = from_hex(std::get<1>(*row));
      if (!der) continue;
      if (Status visited = visit(std::get<0>(*row), *der); !visited) return visited;
    }
    return {};
  });
}

}  // namespace certherald::store
