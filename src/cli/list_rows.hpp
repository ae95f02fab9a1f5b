#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "store/rows.hpp"

namespace certherald::cli {

// One row of a list in both forms: cells for people (escaped when they are printed), keys for programs as
// doc/cli.md lists them.
struct ListRow {
  std::vector<std::string> cells;
  boost::json::object keys;
};

[[nodiscard]] ListRow list_row(const store::EndpointRow& row, Instant now);
[[nodiscard]] ListRow list_row(const store::CertificateRow& row, Instant now);
[[nodiscard]] ListRow list_row(const store::FindingRow& row, Instant now);
[[nodiscard]] ListRow list_row(const store::TicketRow& row, Instant now);
[[nodiscard]] ListRow list_row(const store::DeliveryRow& row, Instant now);
[[nodiscard]] ListRow list_row(const model::Run& run, Instant now);
[[nodiscard]] ListRow list_row(const store::PolicyRow& row, Instant now);

// `used_by`: the connections that name the secret.
[[nodiscard]] ListRow list_row(const store::SecretRow& row, const std::vector<std::string>& used_by,
                               Instant now);

}  // namespace certherald::cli
