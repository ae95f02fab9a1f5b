#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "model/discovery.hpp"
#include "model/observation.hpp"
#include "model/policy.hpp"
#include "model/run.hpp"
#include "model/verdict.hpp"

namespace certherald::store {

// Text as both engines take it: well-formed UTF-8 without NUL, which becomes U+FFFD.
[[nodiscard]] std::string storable(std::string_view text);

// Values <-> the JSON that their columns hold. Reading throws DatabaseError where a column is damaged; keys
// that are missing keep their defaults, so that older rows can be read.
[[nodiscard]] std::string strings_to_json(const std::vector<std::string>& strings);
[[nodiscard]] std::vector<std::string> strings_from_json(std::string_view text);
[[nodiscard]] std::string evidence_to_json(const model::Evidence& evidence);
[[nodiscard]] model::Evidence evidence_from_json(std::string_view text);
[[nodiscard]] std::string integers_to_json(std::span<const std::int64_t> integers);

[[nodiscard]] std::string policy_to_json(const model::Policy& policy);  // without its name
[[nodiscard]] model::Policy policy_from_json(std::string name, std::string_view text);
[[nodiscard]] std::string connection_to_json(const model::Connection& connection);  // without its name
[[nodiscard]] model::Connection connection_from_json(std::string name, std::string_view text);
[[nodiscard]] std::string discovery_to_json(const model::Discovery& discovery);  // without its name
[[nodiscard]] model::Discovery discovery_from_json(std::string name, std::string_view text);
[[nodiscard]] std::string draft_to_json(const model::TicketDraft& draft);  // without its key
[[nodiscard]] model::TicketDraft draft_from_json(std::string key, std::string_view text);
[[nodiscard]] std::string counts_to_json(const model::RunCounts& counts);
[[nodiscard]] model::RunCounts counts_from_json(std::string_view text);
[[nodiscard]] std::string options_to_json(const model::Run& run);  // what else it was started with
void read_options(std::string_view text, model::Run& run);

// All of an observation but endpoint, address, time and status; of its chain the fingerprints only.
[[nodiscard]] std::string observation_to_json(const model::Observation& observation);
void observation_from_json(std::string_view text, model::Observation& observation);

// The digests of one address: scope -> facts.
using Digests = std::map<std::string, std::string>;
[[nodiscard]] std::string digests_to_json(const Digests& digests);
[[nodiscard]] Digests digests_from_json(std::string_view text);

// The row of one certificate as a batch carries it, in the order of certificate_batch_columns.
[[nodiscard]] std::string certificates_to_json(std::span<const model::Certificate* const> certificates);

// The enum value of a column, or DatabaseError.
[[noreturn]] void damaged(std::string_view what, std::string_view text);
template <class Enum>
[[nodiscard]] Enum require(std::optional<Enum> value, std::string_view what, std::string_view text) {
  if (!value) damaged(what, text);
  return *value;
}

}  // namespace certherald::store
