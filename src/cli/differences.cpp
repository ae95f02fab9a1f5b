#include "cli/differences.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/text_block.hpp"

namespace certherald::cli {
namespace {

using model::Observation;
using Traits = std::set<std::string>;

std::string certificate_text(const model::Certificate& leaf) {
  return fmt::format("{} until {} ({})", model::display_common_name(leaf), to_iso8601(leaf.not_after),
                     leaf.sha256.substr(0, 16));
}

Traits certificates(const Observation& observation) {
  Traits out;
  if (!observation.chain.empty()) out.insert(certificate_text(observation.chain.front()));
  for (const model::OtherChain& other : observation.other_chains) {
    out.insert(certificate_text(other.chain.front()));
  }
  return out;
}

Traits versions(const Observation& observation) {
  Traits out;
  for (const model::VersionCiphers& row : observation.versions) {
    out.insert(std::string(model::display_name(row.version)));
  }
  return out;
}

Traits suites(const Observation& observation) {
  Traits out;
  for (const model::VersionCiphers& row : observation.versions) {
    for (const model::CipherSuite& suite : row.ciphers) {
      out.insert(fmt::format("{} {}", model::display_name(row.version), suite.name));
    }
  }
  return out;
}

Traits problems(const Observation& observation) {
  Traits out;
  for (const model::CheckResult& result : observation.checks) {
    if (result.verdict == model::Verdict::affected) out.insert(result.id);
  }
  return out;
}

struct Kind {
  std::string_view label;
  Traits (*of)(const Observation&);
};
constexpr std::array kinds = {Kind{"certificate", certificates}, Kind{"versions", versions},
                              Kind{"suites", suites}, Kind{"problems", problems}};

// A few of them in words.
std::string some_of(const Traits& traits) {
  constexpr std::size_t most = 4;
  std::vector<std::string> words;
  for (const std::string& trait : traits) {
    if (words.size() < most) words.push_back(trait);
  }
  const std::string more = traits.size() > most ? fmt::format(" and {} more", traits.size() - most) : "";
  return traits.empty() ? "none of them" : join(words, ", ") + more;
}

}  // namespace

std::string Differences::add(const Observation& observation) {
  std::string told;
  if (observation.endpoint != endpoint_) {
    told = end();
    endpoint_ = observation.endpoint;
  }
  if (observation.status != model::ScanStatus::scanned) return told;
  Address address{observation.address, {}};
  for (const Kind& kind : kinds) address.traits.push_back(kind.of(observation));
  addresses_.push_back(std::move(address));
  return told;
}

std::string Differences::end() {
  const auto addresses = std::exchange(addresses_, {});
  TextBlock block(colours_);
  block.title(shown(model::display_name(endpoint_)),
              fmt::format("differs between its {} addresses", addresses.size()));
  bool differs = false;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    std::map<std::string, std::size_t> holders;
    for (const Address& address : addresses) {
      for (const std::string& trait : address.traits[kind]) ++holders[trait];
    }
    std::map<Traits, std::vector<std::string>> groups;  // what not all have, and who has it
    for (const Address& address : addresses) {
      Traits own;
      std::ranges::copy_if(address.traits[kind], std::inserter(own, own.end()),
                           [&](const std::string& trait) { return holders[trait] < addresses.size(); });
      groups[own].push_back(address.name);
    }
    if (groups.size() < 2) continue;
    differs = true;
    std::string_view label = kinds[kind].label;
    for (const auto& [traits, names] : groups) {
      block.line(std::exchange(label, ""), "",
                 shown(fmt::format("{}: {}", join(names, ", "), some_of(traits))));
    }
  }
  return differs ? std::move(block).finish() : std::string();
}

}  // namespace certherald::cli
