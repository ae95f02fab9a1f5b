#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "scan/checks/suite_words.hpp"

namespace certherald::scan {
namespace {

using codec::tls::CipherInfo;
using enum model::ProtocolVersion;
using model::Verdict;

struct Suite {
  const VersionFacts& row;
  std::uint32_t code;
  const CipherInfo& info;

  [[nodiscard]] bool named(std::string_view part) const {
    return info.name.find(part) != std::string_view::npos;
  }
};

using Counts = bool (*)(const Suite&);

bool is_null(const Suite& suite) { return suite.info.weak.null_cipher; }
bool is_anonymous(const Suite& suite) { return suite.info.weak.anonymous; }
bool is_export(const Suite& suite) { return suite.info.weak.export_grade; }
bool is_rc4(const Suite& suite) { return suite.named("RC4"); }
// "DES" is in the names of DES40 and 3DES too.
bool has_small_blocks(const Suite& suite) {
  return suite.named("DES") || suite.named("IDEA") || suite.named("RC2");
}
bool is_old_cbc(const Suite& suite) {
  return suite.info.cbc() && (suite.row.version == ssl3 || suite.row.version == tls10);
}
bool authenticates_before_it_encrypts(const Suite& suite) {
  return suite.info.cbc() && suite.row.version != ssl2 &&
         std::ranges::find(suite.row.encrypt_then_mac, suite.code) == suite.row.encrypt_then_mac.end();
}
// What a client should be able to get.
bool is_forward_secret(const Suite& suite) {
  const auto& weak = suite.info.weak;
  return suite.info.forward_secret() && !weak.null_cipher && !weak.anonymous && !weak.export_grade;
}
bool is_modern(const Suite& suite) {
  return is_forward_secret(suite) && suite.info.mode == codec::tls::Mode::aead;
}

template <class Visit>
void each_suite(const VersionFacts& row, Visit visit) {
  for (const std::uint32_t code : row.ciphers) {
    if (const CipherInfo* info = codec::tls::find_cipher_suite(code)) visit(Suite{row, code, *info});
  }
}

struct Found {
  std::vector<std::string> lines;
  std::vector<Proof> proofs;  // of the first of each version
};

Found suites_that(const Facts& facts, Counts counts) {
  Found out;
  for (const VersionFacts& row : facts.versions) {
    each_suite(row, [&](const Suite& suite) {
      if (!counts(suite)) return;
      out.lines.push_back(suite_line(row.version, suite.code));
      if (out.proofs.empty() || out.proofs.back().version != row.version) {
        out.proofs.push_back({row.version, row.proof_of(suite.code)});
      }
    });
  }
  return out;
}

// The answer of a check that asks for suites of one kind: "CBC suite" and " of TLS 1.0".
model::CheckResult judge(const CheckInput& input, Counts counts, std::string_view kind,
                         std::string_view more = "") {
  const Found found = suites_that(input.facts, counts);
  if (!found.lines.empty()) {
    const bool one = found.lines.size() == 1;
    return affected(fmt::format("{} {}{}{} {} accepted", found.lines.size(), kind, one ? "" : "s", more,
                                one ? "is" : "are"),
                    with_proofs({{"ciphers", join(found.lines, "\n")}}, input, found.proofs));
  }
  if (const auto open = suites_not_told(input.facts)) return inconclusive(*open);
  return not_affected(fmt::format("no {}{} is accepted", kind, more));
}

bool any_suite(const VersionFacts& row, Counts counts) {
  bool found = false;
  each_suite(row, [&](const Suite& suite) { found = found || counts(suite); });
  return found;
}

}  // namespace

model::CheckResult check_null_ciphers(const CheckInput& input) {
  return judge(input, is_null, "NULL cipher suite");
}

model::CheckResult check_anonymous_ciphers(const CheckInput& input) {
  return judge(input, is_anonymous, "anonymous suite");
}

model::CheckResult check_export_ciphers(const CheckInput& input) {
  return judge(input, is_export, "EXPORT suite");
}

model::CheckResult check_rc4(const CheckInput& input) { return judge(input, is_rc4, "RC4 suite"); }

model::CheckResult check_sweet32(const CheckInput& input) {
  return judge(input, has_small_blocks, "suite", " with 64-bit blocks");
}

model::CheckResult check_beast(const CheckInput& input) {
  return judge(input, is_old_cbc, "CBC suite", " of SSL 3.0 or TLS 1.0");
}

model::CheckResult check_lucky13(const CheckInput& input) {
  return judge(input, authenticates_before_it_encrypts, "CBC suite", " without encrypt-then-MAC");
}

model::CheckResult check_no_forward_secrecy(const CheckInput& input) {
  std::vector<std::string> without;
  std::vector<Proof> proofs;
  bool accepted = false;
  std::optional<std::string> open;
  for (const VersionFacts& row : input.facts.versions) {
    if (row.version == ssl2) continue;  // never had it
    accepted = accepted || row.acceptance == Acceptance::accepted;
    if (any_suite(row, is_forward_secret)) continue;
    if (row.acceptance == Acceptance::accepted && row.complete) {
      without.emplace_back(model::display_name(row.version));
      proofs.push_back({row.version, row.proofs.empty() ? nullptr : &row.proofs.front()});
    } else if (row.acceptance == Acceptance::accepted) {
      open = cut_short(row);
    } else if (!is_settled(row)) {
      open = not_probed(row);
    }
  }
  if (!without.empty()) {
    return affected(fmt::format("no suite of {} has forward secrecy", join(without, ", ")),
                    with_proofs({{"versions", join(without, "\n")}}, input, proofs));
  }
  if (open) return inconclusive(*open);
  if (!accepted) return inconclusive("no version of TLS was seen to be accepted");
  return not_affected("every version accepted has suites with forward secrecy");
}

model::CheckResult check_cipher_order(const CheckInput& input) {
  std::vector<std::string> by_client;
  std::vector<std::string> by_server;
  std::vector<std::string> matters;  // where what the client likes may be worse
  std::optional<std::string> open;
  for (const VersionFacts& row : input.facts.versions) {
    if (row.version == ssl2) continue;  // the client takes what it wants
    const bool has_order = row.acceptance == Acceptance::accepted && row.ciphers.size() > 1;
    const std::string name(model::display_name(row.version));
    if (has_order && row.order == SuiteOrder::server) by_server.push_back(name);
    if (has_order && row.order == SuiteOrder::client) {
      by_client.push_back(name);
      if (any_suite(row, [](const Suite& suite) { return !is_modern(suite); })) matters.push_back(name);
    }
    if (has_order && row.order == SuiteOrder::not_told) {
      open = fmt::format("whose order counts in {} could not be told: {}", name,
                         row.order_unknown.empty() ? "it was not asked" : row.order_unknown);
    }
    if (!is_settled(row)) open = not_probed(row);
  }
  if (!matters.empty()) {
    model::Evidence evidence = {{"client_order", join(by_client, "\n")}};
    if (!by_server.empty()) evidence["server_order"] = join(by_server, "\n");
    return affected(fmt::format("the client's order of suites counts in {}", join(matters, ", ")),
                    std::move(evidence));
  }
  if (open) return inconclusive(*open);
  if (!by_client.empty()) {
    return not_affected(fmt::format("the client's order counts in {}, where no suite is worse than another",
                                    join(by_client, ", ")));
  }
  if (!by_server.empty())
    return not_affected(fmt::format("the server's order counts in {}", join(by_server, ", ")));
  return answer(Verdict::not_applicable, "no version has more than one suite");
}

model::CheckResult check_compression_crime(const CheckInput& input) {
  if (const auto compresses = input.facts.compression) {
    if (!*compresses) return not_affected("compression was offered and not taken");
    return affected("the server took DEFLATE, which was offered", {{"compression", "DEFLATE"}});
  }
  for (const model::ProtocolVersion version : {ssl3, tls10, tls11, tls12}) {
    const VersionFacts& facts = input.facts.of(version);
    if (!is_settled(facts)) return inconclusive(not_probed(facts));
    if (facts.acceptance != Acceptance::accepted) continue;
    return inconclusive(facts.order_unknown.empty()
                            ? "compression was not offered"
                            : fmt::format("no answer to an offer of compression: {}", facts.order_unknown));
  }
  return answer(Verdict::not_applicable, "no version below TLS 1.3 is accepted");
}

model::CheckResult check_sslv2(const CheckInput& input) {
  const VersionFacts& facts = input.facts.of(ssl2);
  if (facts.acceptance == Acceptance::refused) return not_affected("SSL 2.0 is refused");
  if (facts.acceptance != Acceptance::accepted) return inconclusive(not_probed(facts));
  std::vector<std::string> lines;
  lines.reserve(facts.ciphers.size());
  for (const std::uint32_t code : facts.ciphers) lines.push_back(suite_line(ssl2, code));
  model::Evidence evidence;
  if (!lines.empty()) evidence["ciphers"] = join(lines, "\n");
  const std::string count =
      lines.empty() ? "no suite" : fmt::format("{} suite{}", lines.size(), lines.size() == 1 ? "" : "s");
  return affected(fmt::format("SSL 2.0 is accepted with {}", count),
                  with_proofs(std::move(evidence), input,
                              {{ssl2, facts.proofs.empty() ? nullptr : &facts.proofs.front()}}));
}

model::CheckResult check_drown(const CheckInput& input) {
  const VersionFacts& facts = input.facts.of(ssl2);
  if (facts.acceptance == Acceptance::refused) return not_affected("SSL 2.0 is refused by this server");
  if (facts.acceptance != Acceptance::accepted) return inconclusive(not_probed(facts));
  model::Evidence evidence = {{"versions", std::string(model::display_name(ssl2))}};
  if (!input.facts.ssl2_certificate.empty()) evidence["certificate"] = input.facts.ssl2_certificate;
  return affected("SSL 2.0 is accepted, with which sessions of TLS that use the same key can be decrypted",
                  with_proofs(std::move(evidence), input,
                              {{ssl2, facts.proofs.empty() ? nullptr : &facts.proofs.front()}}));
}

}  // namespace certherald::scan
