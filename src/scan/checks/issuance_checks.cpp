// How the certificate was issued, and whether clients accept that.

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "codec/x509/timestamps.hpp"
#include "scan/checks/check_input.hpp"

namespace certherald::scan {
namespace {

constexpr Seconds one_day{86'400};

const model::Certificate& leaf(const CheckInput& input) { return input.observation.chain.front(); }

const ReferenceLists& lists(const CheckInput& input) {
  return input.context.lists == nullptr ? built_in_lists() : *input.context.lists;
}

codec::x509::TrustResult trust_of(const CheckInput& input, std::span<const model::Certificate> chain) {
  if (input.context.trust == nullptr) return {false, "there are no trusted roots to judge by", {}};
  return input.certificates.verify(*input.context.trust, chain, input.context.now);
}

std::optional<model::CheckResult> unless_public(const CheckInput& input) {
  if (trust_of(input, input.observation.chain).publicly) return std::nullopt;
  return answer(model::Verdict::not_applicable,
                "no path leads to a root that browsers ship, and only those are held to this rule");
}

// The chain with what is known of its missing issuers behind it, and where those begin.
std::vector<model::Certificate> completed(const std::vector<model::Certificate>& chain,
                                          const std::vector<model::Certificate>& known) {
  constexpr std::size_t most = 16;
  std::vector<model::Certificate> out = chain;
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (const model::Certificate& candidate : known) {
      if (out.size() >= chain.size() + most || candidate.subject != out[i].issuer) continue;
      const bool there = std::ranges::find(out, candidate.sha256, &model::Certificate::sha256) != out.end();
      if (!there && candidate.is_ca) out.push_back(candidate);
    }
  }
  return out;
}

// Those of a path that the server did not send, but for the root.
std::vector<std::string> not_sent(const CheckInput& input, const codec::x509::TrustResult& result,
                                  const std::vector<model::Certificate>& all) {
  std::vector<std::string> out;
  for (const model::Certificate& one : std::span(all).subspan(input.observation.chain.size())) {
    if (std::ranges::find(result.path, one.sha256) != result.path.end()) out.push_back(one.subject);
  }
  return out;
}

// The first certificate of the presented ones, from the leaf up, whose issuer was not presented; nullptr
// where the way ends in a certificate that is its own issuer.
const model::Certificate* end_of_way(const std::vector<model::Certificate>& chain) {
  const model::Certificate* at = &chain.front();
  for (std::size_t steps = 0; steps < chain.size(); ++steps) {
    if (at->subject == at->issuer) return nullptr;
    const auto next = std::ranges::find(chain, at->issuer, &model::Certificate::subject);
    if (next == chain.end()) return at;
    at = &*next;
  }
  return nullptr;
}

// From which day on a certificate may be valid how long: the Baseline Requirements of the CA/Browser Forum,
// section 6.3.2, as its ballots changed them (193, SC-22, SC-081v3). Before these 60 months.
struct ValidityRule {
  Instant since;
  int days;
};
constexpr Instant day(int year, unsigned month, unsigned number) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(number));
}
constexpr std::array validity_rules = std::to_array<ValidityRule>({
    {day(2029, 3, 15), 47},
    {day(2027, 3, 15), 100},
    {day(2026, 3, 15), 200},
    {day(2020, 9, 1), 398},
    {day(2018, 3, 1), 825},
    {day(2015, 4, 1), 1188},
    {Instant::min(), 1827},
});

std::string date_text(Instant instant) { return to_iso8601(instant).substr(0, 10); }

// Chrome and Apple ask for so many timestamps.
std::size_t timestamps_needed(const model::Certificate& certificate) {
  const Seconds validity = certificate.not_after - certificate.not_before;
  return validity <= 180 * one_day ? 2 : 3;
}

// What of the embedded timestamps a list of logs vouches for.
struct Vouched {
  std::size_t good = 0;
  std::size_t unknown = 0;  // of logs that the list does not have
  std::set<std::string> operators;
};

Vouched vouch(const std::vector<codec::x509::SignedTimestamp>& timestamps, const codec::x509::CtLogList& logs,
              ByteView certificate, ByteView issuer) {
  Vouched out;
  std::set<std::array<std::uint8_t, 32>> seen;
  for (const auto& timestamp : timestamps) {
    if (!seen.insert(timestamp.log).second) continue;  // a log counts once
    const codec::x509::CtLog* log = logs.find(timestamp.log);
    if (log == nullptr) ++out.unknown;
    if (log == nullptr || !log->counts || (log->retired_at && timestamp.at() >= *log->retired_at)) continue;
    if (!codec::x509::verify_timestamp(timestamp, certificate, issuer, log->key)) continue;
    ++out.good;
    out.operators.insert(log->operated_by);
  }
  return out;
}

const model::Certificate* issuer_of(const CheckInput& input, const codec::x509::TrustResult& trust) {
  if (trust.path.size() < 2) return nullptr;
  const auto& chain = input.observation.chain;
  const auto at = std::ranges::find(chain, trust.path[1], &model::Certificate::sha256);
  return at == chain.end() ? nullptr : &*at;
}

model::CheckResult judge_vouched(const Vouched& vouched, const codec::x509::CtLogList& logs,
                                 const model::Certificate& certificate, model::Evidence evidence) {
  const std::size_t needed = timestamps_needed(certificate);
  const std::string dated = date_text(logs.dated);
  evidence["verified"] = std::to_string(vouched.good);
  if (vouched.good >= needed && vouched.operators.size() >= 2) {
    return not_affected(fmt::format("{} timestamps verify with the list of logs of {}", vouched.good, dated));
  }
  // A log that began after the list was made is not in it.
  if (vouched.unknown > 0 && vouched.good + vouched.unknown >= needed) {
    return inconclusive(fmt::format("{} timestamps verify, {} are of logs that the list of {} does not have",
                                    vouched.good, vouched.unknown, dated));
  }
  if (vouched.good >= needed) {
    return affected("the timestamps are all of one operator, and clients ask for two", std::move(evidence));
  }
  return affected(
      fmt::format("{} of {} timestamps verify with the list of logs of {}", vouched.good, needed, dated),
      std::move(evidence));
}

bool names(const codec::x509::DistrustedAuthority& row, const codec::x509::TrustResult& trust,
           const std::set<std::string>& issuers) {
  if (!row.root.empty()) return std::ranges::find(trust.path, row.root) != trust.path.end();
  return issuers.contains(row.issuer);
}

}  // namespace

model::CheckResult check_incomplete_chain(const CheckInput& input) {
  const auto& chain = input.observation.chain;
  if (input.context.trust == nullptr) return inconclusive("there are no trusted roots to judge by");
  const auto result = trust_of(input, chain);
  if (result.trusted) return not_affected("the path is complete: " + result.reason);
  const auto all = completed(chain, lists(input).intermediates);
  if (all.size() > chain.size()) {
    const auto with_more = trust_of(input, all);
    const auto missing = not_sent(input, with_more, all);
    if (with_more.trusted && !missing.empty()) {
      return affected(missing.size() == 1
                          ? "an intermediate certificate was not sent"
                          : fmt::format("{} intermediate certificates were not sent", missing.size()),
                      {{"certificate", chain.front().sha256}, {"missing", join(missing, "\n")}});
    }
  }
  const model::Certificate* end = end_of_way(chain);
  if (end == nullptr) return not_affected("the chain ends in a certificate that is its own issuer");
  const auto urls = input.certificates.details(*end).issuance.issuer_urls;
  const std::string where = urls.empty() ? "" : fmt::format(" (it says {})", truncate(urls.front(), 120));
  return inconclusive(fmt::format("whether {} is missing, or a root that is not trusted, is not known{}",
                                  truncate(end->issuer, 120), where));
}

model::CheckResult check_validity_too_long(const CheckInput& input) {
  if (auto result = unless_public(input)) return std::move(*result);
  const model::Certificate& certificate = leaf(input);
  const auto rule = std::ranges::find_if(
      validity_rules, [&](const ValidityRule& row) { return certificate.not_before >= row.since; });
  // Both ends belong to it (RFC 5280 section 4.1.2.5).
  const Seconds validity = certificate.not_after - certificate.not_before + Seconds(1);
  const auto days = (validity + one_day - Seconds(1)) / one_day;
  if (validity <= rule->days * one_day) {
    return not_affected(fmt::format("the certificate is valid for {} days of {} allowed", days, rule->days));
  }
  return affected(fmt::format("the certificate is valid for {} days, and {} are allowed for one of {}", days,
                              rule->days, date_text(certificate.not_before)),
                  {{"certificate", certificate.sha256},
                   {"not_before", to_iso8601(certificate.not_before)},
                   {"not_after", to_iso8601(certificate.not_after)}});
}

model::CheckResult check_missing_san(const CheckInput& input) {
  const model::Certificate& certificate = leaf(input);
  if (has_names(certificate)) return not_affected("the certificate has subject alternative names");
  return affected("the certificate has no subject alternative name, and its common name does not count",
                  {{"certificate", certificate.sha256}, {"common_name", certificate.common_name}});
}

model::CheckResult check_sct_missing(const CheckInput& input) {
  if (auto result = unless_public(input)) return std::move(*result);
  const model::Certificate& certificate = leaf(input);
  const std::size_t needed = timestamps_needed(certificate);
  const Bytes embedded = input.certificates.details(certificate).issuance.timestamps;
  const auto timestamps = embedded.empty() ? std::vector<codec::x509::SignedTimestamp>()
                                           : codec::x509::parse_timestamps(embedded);
  if (!timestamps) return inconclusive("the embedded timestamps: " + timestamps.error().message);
  model::Evidence evidence = {{"certificate", certificate.sha256},
                              {"embedded", std::to_string(timestamps->size())},
                              {"needed", std::to_string(needed)}};
  if (timestamps->size() < needed) {
    return affected(fmt::format("the certificate embeds {} timestamps of the {} that clients ask for",
                                timestamps->size(), needed),
                    std::move(evidence));
  }
  const auto& logs = lists(input).ct_logs;
  if (!logs) {
    return inconclusive(fmt::format(
        "{} timestamps are embedded; without a list of logs they cannot be verified", timestamps->size()));
  }
  const model::Certificate* issuer = issuer_of(input, trust_of(input, input.observation.chain));
  if (issuer == nullptr) return inconclusive("the issuer's key, which timestamps sign, was not presented");
  return judge_vouched(vouch(*timestamps, *logs, certificate.der, issuer->der), *logs, certificate,
                       std::move(evidence));
}

model::CheckResult check_distrusted_ca(const CheckInput& input) {
  const auto& chain = input.observation.chain;
  const auto trust = trust_of(input, chain);
  std::set<std::string> issuers;
  for (const model::Certificate& certificate : chain) {
    // Where there is a path, what it does not use says nothing.
    const bool used = !trust.trusted || std::ranges::find(trust.path, certificate.sha256) != trust.path.end();
    if (used) issuers.insert(input.certificates.details(certificate).issuance.issuer_name);
  }
  const auto distrusted = [&](const codec::x509::DistrustedAuthority& row) {
    return names(row, trust, issuers) && (!row.after || leaf(input).not_before > *row.after);
  };
  const auto& rows = lists(input).distrusted;
  const auto row = std::ranges::find_if(rows, distrusted);
  if (row == rows.end()) return not_affected("no authority of the path is among the distrusted ones");
  return affected("the certificate comes from an authority that browsers distrust: " + row->why,
                  {{"certificate", leaf(input).sha256},
                   {"authority", row->issuer.empty() ? row->root : row->issuer},
                   {"not_before", to_iso8601(leaf(input).not_before)}});
}

model::CheckResult check_known_key(const CheckInput& input) {
  const model::Certificate& certificate = leaf(input);
  const std::string where =
      lists(input).known_keys.find(certificate.key, input.certificates.details(certificate).key);
  if (where.empty()) return not_affected("the key is not among the known ones");
  return affected("the private key is public: " + where, {{"certificate", certificate.sha256},
                                                          {"spki_sha256", certificate.key.spki_sha256},
                                                          {"published", where}});
}

}  // namespace certherald::scan
