#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "inventory/repository.hpp"
#include "store/certificate_rows.hpp"
#include "store/engine.hpp"

namespace certherald::store {

// Current deployments (d) of certificates (c) at endpoints (e) that are not retired; a condition follows.
inline constexpr std::string_view deployment_select =
    "SELECT d.certificate_id, d.address, d.first_seen, d.last_seen, e.host, e.port, e.sni, e.address, "
    "e.starttls "
    "FROM deployments d JOIN endpoints e ON e.id = d.endpoint_id AND e.retired = 0 "
    "JOIN certificates c ON c.id = d.certificate_id WHERE d.is_current = 1 AND ";

using DeploymentRows = Rows<std::int64_t, std::string, Instant, Instant, std::string, std::uint16_t,
                            std::string, std::string, std::string>;

[[nodiscard]] inline inventory::Deployment to_deployment(DeploymentRows::Row& row,
                                                         const std::string& sha256) {
  auto& [certificate, address, first, last, host, port, sni, connect, starttls] = row;
  return {sha256, {host, port, sni, connect, starttls}, std::move(address), first, last, true};
}

// Certificates (c) of which `where` holds, with their deployments, ordered by their end; DER not included.
// `where` names `params` in their order.
template <class... Params>
[[nodiscard]] std::vector<inventory::CertificateInUse> certificates_of(Engine& engine, std::string_view where,
                                                                       const Params&... params) {
  std::vector<inventory::CertificateInUse> out;
  std::unordered_map<std::int64_t, std::size_t> at;
  CertificateRows<> rows(engine,
                         fmt::format("SELECT {} FROM certificates c WHERE {} ORDER BY c.not_after, c.id",
                                     certificate_columns, where),
                         params...);
  while (auto row = rows.next()) {
    StoredCertificate stored = to_certificate(std::move(*row));
    at.emplace(stored.id, out.size());
    out.push_back({std::move(stored.certificate), {}});
  }
  DeploymentRows deployments(engine,
                             fmt::format("{} {} ORDER BY d.certificate_id, e.host, e.port, e.sni, e.address, "
                                         "e.starttls, d.address",
                                         deployment_select, where),
                             params...);
  while (auto row = deployments.next()) {
    const auto found = at.find(std::get<0>(*row));
    if (found == at.end()) continue;
    inventory::CertificateInUse& certificate = out[found->second];
    certificate.deployments.push_back(to_deployment(*row, certificate.certificate.sha256));
  }
  return out;
}

}  // namespace certherald::store
