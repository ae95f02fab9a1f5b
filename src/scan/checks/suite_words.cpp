#include "scan/checks/suite_words.hpp"

#include "scan/outcome.hpp"

namespace certherald::scan {

using enum model::ProtocolVersion;

std::string suite_line(model::ProtocolVersion version, std::uint32_t code) {
  return fmt::format("{} {}", model::display_name(version), codec::tls::cipher_suite_name(code));
}

std::string not_probed(const VersionFacts& facts) {
  const std::string_view version = model::display_name(facts.version);
  if (facts.acceptance == Acceptance::not_asked) return fmt::format("{} was not probed", version);
  return fmt::format("whether {} is accepted could not be told: {}", version,
                     facts.ending.empty() ? "no clear answer" : facts.ending);
}

std::string cut_short(const VersionFacts& facts) {
  return fmt::format("the suites of {} were not enumerated to the end{}{}",
                     model::display_name(facts.version), facts.ending.empty() ? "" : ": ", facts.ending);
}

bool is_settled(const VersionFacts& facts) {
  return facts.acceptance == Acceptance::accepted || facts.acceptance == Acceptance::refused;
}

std::optional<std::string> suites_not_told(const Facts& facts) {
  for (const VersionFacts& row : facts.versions) {
    if (row.acceptance == Acceptance::accepted && !row.complete) return cut_short(row);
    if (!is_settled(row) && row.version != ssl2) return not_probed(row);
  }
  if (facts.versions.empty()) return "no version was probed";
  return std::nullopt;
}

model::Evidence with_proofs(model::Evidence evidence, const CheckInput& input,
                            const std::vector<Proof>& proofs) {
  const auto add = [&evidence](const char* name, std::string_view version, std::string_view value) {
    if (value.empty()) return;
    std::string& lines = evidence[name];
    if (!lines.empty()) lines += '\n';
    lines += fmt::format("{} {}", version, value);
  };
  for (const auto& [version, probe] : proofs) {
    if (probe == nullptr) continue;
    const std::string_view name = model::display_name(version);
    add("sent", name, probe->sent);
    add("received", name, probe->received);
    add("outcome", name, probe->outcome);
    add("round_trip", name, short_span(probe->round_trip));
    add("attempt", name, fmt::format("{}/{}", probe->attempt, probe->attempts));
    evidence["address"] = input.observation.address;
  }
  return evidence;
}

}  // namespace certherald::scan
