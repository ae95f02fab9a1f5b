#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/scan_output.hpp"
#include "cli/scan_words.hpp"
#include "cli/text_block.hpp"
#include "model/check.hpp"

namespace certherald::cli {
namespace {

constexpr std::size_t most_lines = 20;  // of one evidence list
constexpr std::size_t most_names = 8;   // of a certificate

void list_below(TextBlock& block, std::string_view values) {
  const auto lines = split(values, '\n');
  const std::size_t count = std::min(lines.size(), most_lines);
  for (std::size_t i = 0; i < count; ++i) block.below("- " + shown(lines[i]));
  if (lines.size() > count) block.below(fmt::format("... and {} more", lines.size() - count));
}

void problems(TextBlock& block, const model::Observation& observation) {
  for (const auto& [result, info] : with_verdict(observation, model::Verdict::affected)) {
    block.line(upper(to_string(info->severity)), severity_colour(info->severity), info->title);
    block.below(shown(result->reason));
    block.below(fmt::format("-> {}", info->mend));
    for (const std::string_view list : {"ciphers", "signatures"}) {
      const auto found = result->evidence.find(std::string(list));
      if (found != result->evidence.end()) list_below(block, found->second);
    }
  }
}

void unsettled(TextBlock& block, const model::Observation& observation) {
  // One cause leaves many questions open; it is told once.
  std::vector<std::pair<std::string, std::string>> causes;  // reason, titles
  for (const auto& [result, info] : with_verdict(observation, model::Verdict::inconclusive)) {
    const auto same = std::ranges::find(causes, result->reason, &std::pair<std::string, std::string>::first);
    if (same == causes.end()) {
      causes.emplace_back(result->reason, std::string(info->title));
    } else {
      same->second += fmt::format("; {}", info->title);
    }
  }
  for (const auto& [reason, titles] : causes) {
    block.line("unclear", "35", titles);
    block.below(shown(reason));
  }
}

void passed(TextBlock& block, const model::Observation& observation) {
  const std::size_t good = with_verdict(observation, model::Verdict::not_affected).size();
  if (good == 0) return;
  block.line("ok", "32", fmt::format("{} of {} checks passed", good, observation.checks.size()));
}

std::string key_text(const model::PublicKeyInfo& key) {
  if (key.bits == 0) return key.type;
  if (!key.curve.empty()) return fmt::format("{} {}", key.type, key.curve);
  return fmt::format("{} {}", key.type, key.bits);
}

std::string names_text(const model::Certificate& certificate) {
  const auto names = model::subject_alternative_names(certificate);
  std::vector<std::string> some(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most_names)));
  for (std::string& name : some) name = shown(name);
  const std::string more =
      names.size() > some.size() ? fmt::format(" and {} more", names.size() - some.size()) : "";
  return join(some, ", ") + more;
}

void certificate(TextBlock& block, const model::Observation& observation) {
  if (observation.chain.empty()) return;
  const model::Certificate& leaf = observation.chain.front();
  block.line("name", "", shown(model::display_common_name(leaf)));
  if (!leaf.dns_names.empty() || !leaf.ip_addresses.empty()) block.line("valid for", "", names_text(leaf));
  block.line("issuer", "", shown(leaf.issuer));
  block.line("expires", "",
             fmt::format("{}, {}", to_utc_text(leaf.not_after), relative(leaf.not_after, observation.at)));
  block.line("key", "",
             fmt::format("{}, signed with {}", shown(key_text(leaf.key)), shown(leaf.signature_algorithm)));
  block.line("serial", "", shown(leaf.serial));
  block.line("sha256", "", leaf.sha256);
  std::string_view label = "also";
  for (const model::OtherChain& other : observation.other_chains) {
    const model::Certificate& another = other.chain.front();
    block.line(std::exchange(label, ""), "",
               fmt::format("{}: {}, {}, expires {}, {}", shown(other.way),
                           shown(model::display_common_name(another)), shown(key_text(another.key)),
                           to_utc_text(another.not_after), relative(another.not_after, observation.at)));
  }
}

void protocol(TextBlock& block, const model::Observation& observation) {
  std::vector<std::string> versions;
  for (const model::VersionCiphers& row : observation.versions) {
    std::string text(model::display_name(row.version));
    if (!row.ciphers.empty()) {
      text += fmt::format(" ({} suite{})", row.ciphers.size(), row.ciphers.size() == 1 ? "" : "s");
    }
    versions.push_back(std::move(text));
  }
  if (!versions.empty()) block.line("versions", "", join(versions, ", "));
  if (!observation.groups.empty()) block.line("groups", "", shown(join(observation.groups, ", ")));
}

std::string_view status_text(model::ScanStatus status) {
  switch (status) {
    case model::ScanStatus::scanned:
      return "scanned";
    case model::ScanStatus::unreachable:
      return "not reached";
    case model::ScanStatus::not_tls:
      return "no TLS";
    case model::ScanStatus::blocked:
      return "blocked";
  }
  return "unclear";
}

std::string title_note(const model::Observation& observation) {
  const model::EndpointKey& endpoint = observation.endpoint;
  std::string note;
  if (!observation.address.empty() && observation.address != endpoint.host)
    note = "at " + shown(observation.address);
  const bool other_name = !endpoint.sni.empty() && endpoint.sni != endpoint.host;
  if (other_name) note += fmt::format("{}as {}", note.empty() ? "" : " ", shown(endpoint.sni));
  return note;
}

}  // namespace

std::string scan_text(const model::Observation& observation, Colours colours) {
  TextBlock block(colours);
  block.title(shown(model::display_name(observation.endpoint)), title_note(observation));
  if (observation.status != model::ScanStatus::scanned) {
    // The checks would only repeat it ten times over.
    block.line(status_text(observation.status), "35",
               observation.error.empty() ? "no reason is known" : shown(observation.error));
    return std::move(block).finish();
  }
  problems(block, observation);
  unsettled(block, observation);
  passed(block, observation);
  certificate(block, observation);
  protocol(block, observation);
  return std::move(block).finish();
}

std::string scan_line(const model::Observation& observation, Colours colours) {
  TextBlock block(colours);
  std::string value = shown(place_text(observation));
  if (!observation.chain.empty()) {
    value += fmt::format("  expires {}", relative(observation.chain.front().not_after, observation.at));
  }
  block.line("ok", "32", value);
  return std::move(block).lines();
}

bool has_problems(const model::Observation& observation) {
  return std::ranges::any_of(observation.checks, [](const model::CheckResult& result) {
    return result.verdict == model::Verdict::affected;
  });
}

void count(ScanTotals& totals, const model::Observation& observation) {
  ++totals.addresses;
  if (observation.status != model::ScanStatus::scanned) {
    ++totals.not_scanned;
  } else if (has_problems(observation)) {
    ++totals.affected;
  } else {
    ++totals.fine;
  }
}

std::string scan_totals_text(const ScanTotals& totals) {
  return fmt::format("{} address{}: {} with problems, {} without, {} not scanned\n", totals.addresses,
                     totals.addresses == 1 ? "" : "es", totals.affected, totals.fine, totals.not_scanned);
}

}  // namespace certherald::cli
