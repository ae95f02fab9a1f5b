#include <algorithm>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/scan_output.hpp"
#include "model/check.hpp"

namespace certherald::cli {
namespace {

constexpr std::size_t longest = 160;    // code points of one hostile value
constexpr std::size_t most_lines = 20;  // of one evidence list
constexpr std::size_t most_names = 8;   // of a certificate
constexpr std::string_view indent = "               ";

// Whatever a server said, on one line and with no power over the terminal.
std::string shown(std::string_view text) { return truncate(single_line(text), longest); }

std::string_view severity_colour(model::Severity severity) {
  switch (severity) {
    case model::Severity::critical:
    case model::Severity::high:
      return "1;31";  // bold red
    case model::Severity::medium:
      return "33";  // yellow
    case model::Severity::low:
    case model::Severity::info:
      return "36";  // cyan
  }
  return "0";
}

class Block {
 public:
  explicit Block(Colours colours) : colours_(colours) {}

  void title(std::string_view name, std::string_view note) {
    out_ += paint("1", name);
    if (!note.empty()) out_ += fmt::format("  {}", note);
    out_ += '\n';
  }
  // A label of at most eleven characters, and its value.
  void line(std::string_view label, std::string_view colour, std::string_view value) {
    const std::string padded = fmt::format("{:<11}", label);
    out_ += fmt::format("  {}  {}\n", colour.empty() ? padded : paint(colour, padded), value);
  }
  void below(std::string_view value) { out_ += fmt::format("{}{}\n", indent, value); }
  [[nodiscard]] std::string finish() && { return std::move(out_) + "\n"; }

 private:
  [[nodiscard]] std::string paint(std::string_view colour, std::string_view text) const {
    if (colours_ == Colours::off) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
  }

  Colours colours_;
  std::string out_;
};

struct Judged {
  const model::CheckResult* result;
  const model::CheckInfo* info;
};

// The worst first, else in the order of the checks.
std::vector<Judged> with_verdict(const model::Observation& observation, model::Verdict verdict) {
  using enum model::Severity;
  std::vector<Judged> out;
  for (const model::Severity severity : {critical, high, medium, low, info}) {
    for (const model::CheckResult& result : observation.checks) {
      const model::CheckInfo* check = model::find_check(result.id);
      if (check == nullptr || check->severity != severity || result.verdict != verdict) continue;
      out.push_back({&result, check});
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

void list_below(Block& block, std::string_view values) {
  const auto lines = split(values, '\n');
  const std::size_t count = std::min(lines.size(), most_lines);
  for (std::size_t i = 0; i < count; ++i) block.below("- " + shown(lines[i]));
  if (lines.size() > count) block.below(fmt::format("... and {} more", lines.size() - count));
}

void problems(Block& block, const model::Observation& observation) {
  for (const auto& [result, info] : with_verdict(observation, model::Verdict::affected)) {
    block.line(upper(to_string(info->severity)), severity_colour(info->severity), info->title);
    block.below(shown(result->reason));
    for (const std::string_view list : {"ciphers", "signatures"}) {
      const auto found = result->evidence.find(std::string(list));
      if (found != result->evidence.end()) list_below(block, found->second);
    }
  }
}

void unsettled(Block& block, const model::Observation& observation) {
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

void passed(Block& block, const model::Observation& observation) {
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

void certificate(Block& block, const model::Observation& observation) {
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
}

void protocol(Block& block, const model::Observation& observation) {
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

bool has_problems(const model::Observation& observation) {
  return std::ranges::any_of(observation.checks, [](const model::CheckResult& result) {
    return result.verdict == model::Verdict::affected;
  });
}

}  // namespace

std::string scan_text(const model::Observation& observation, Colours colours) {
  Block block(colours);
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
