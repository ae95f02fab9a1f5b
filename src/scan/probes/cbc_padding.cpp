#include <array>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "scan/probes/probes.hpp"
#include "scan/session_lane.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using enum model::ProtocolVersion;
using model::Verdict;

// What is wrong with a record (RFC 5246 section 6.2.3.2). All have a length that is right.
enum class Flaw : std::uint8_t {
  mac,              // right padding, wrong MAC: what the others are held against
  padding,          // wrong bytes of padding, right MAC
  padding_and_mac,  // both wrong
  padding_alone,    // nothing but padding, and no room for a MAC
  mac_of_nothing,   // as `mac`, with no data
};
constexpr auto flaws = std::to_array(
    {Flaw::mac, Flaw::padding, Flaw::padding_and_mac, Flaw::padding_alone, Flaw::mac_of_nothing});

std::string_view name_of(Flaw flaw) {
  switch (flaw) {
    case Flaw::mac:
      return "wrong MAC";
    case Flaw::padding:
      return "wrong padding";
    case Flaw::padding_and_mac:
      return "wrong padding and MAC";
    case Flaw::padding_alone:
      return "padding without MAC";
    case Flaw::mac_of_nothing:
      return "wrong MAC without data";
  }
  return "";
}

Bytes flawed_record(Flaw flaw, tls::RecordCipher& sealer) {
  constexpr std::size_t block = tls::RecordCipher::block_size;
  constexpr std::size_t length = 80;
  constexpr auto type = tls::ContentType::application_data;
  if (flaw == Flaw::padding_alone) return sealer.seal_blocks(type, Bytes(length, 0xff));
  const Bytes data = flaw == Flaw::mac_of_nothing ? Bytes() : Bytes(length / 4, 'A');
  Bytes blocks = data;
  Bytes mac = sealer.mac(type, data);
  if (flaw != Flaw::padding) mac.front() ^= 0x80U;
  blocks.insert(blocks.end(), mac.begin(), mac.end());
  // At least one byte beside the length, so that there is something to be wrong.
  std::size_t padding = block - blocks.size() % block;
  if (padding < 2) padding += block;
  blocks.insert(blocks.end(), padding, static_cast<std::uint8_t>(padding - 1));
  if (flaw == Flaw::padding || flaw == Flaw::padding_and_mac) {
    for (std::size_t i = blocks.size() - padding; i + 1 < blocks.size(); ++i) blocks[i] ^= 0x80U;
  }
  return sealer.seal_blocks(type, blocks);
}

// One wrong record; and where it is met with silence, one with a wrong MAC, so that a server that took the
// first is told from one that is slow or dead.
class SendFlawed final : public SessionScript {
 public:
  SendFlawed(Flaw flaw, Millis patience) : flaw_(flaw), patience_(patience) {}

  std::optional<Move> next(tls::Client& client, const std::vector<Reaction>& reactions) override {
    tls::RecordCipher* sealer = static_cast<tls::Tls12Client&>(client).sealer();
    const bool unanswered = reactions.size() == 1 && reactions.front().kind == ReactionKind::silent;
    if (sealer == nullptr || (!reactions.empty() && !unanswered)) return std::nullopt;
    return Move{flawed_record(reactions.empty() ? flaw_ : Flaw::mac, *sealer), patience_};
  }

 private:
  Flaw flaw_;
  Millis patience_;
};

using Responses = std::map<Flaw, std::string>;

// RST and FIN race with the alert before them, on the same server too.
std::string response_of(const std::vector<Reaction>& reactions) {
  std::vector<std::string> words;
  for (const Reaction& reaction : reactions) {
    const bool gone = reaction.kind == ReactionKind::closed || reaction.kind == ReactionKind::reset;
    words.push_back(gone ? "closed" : describe(reaction));
  }
  return join(words, ", then ");
}

bool all_alike(const Responses& responses) {
  for (const auto& [flaw, response] : responses) {
    if (response != responses.begin()->second) return false;
  }
  return true;
}

// That a record was taken: answered with data, or passed over, so that the one behind it met what is the
// answer to it alone.
bool taken(const std::string& response, const std::string& control) {
  return response.starts_with("a record of type 23") || response == "silence, then " + control;
}

struct Judged {
  std::string_view check;
  bool found;
  std::string_view affected;
  std::string_view sound;
};

// Settles three checks by the same connections.
class CbcPaddingLane final : public SessionLane {
 public:
  explicit CbcPaddingLane(ScanState& state) : SessionLane(state, "poodle_tls") {}

 private:
  static constexpr std::size_t runs_to_believe = 3;

  std::optional<Probe> ask() override {
    if (!find_suites()) return std::nullopt;
    if (order_.empty()) shuffle();
    constexpr int times_as_patient = 4;
    const Millis patience = (suspicious_ ? times_as_patient : 1) * silence_of(state_);
    auto made = shake_hands(make_hello(state_, version_, suites_, groups_for(version_)),
                            std::make_unique<SendFlawed>(order_.back(), patience));
    talk_ = std::move(made.talk);
    return std::move(made.probe);
  }

  // False where there are none; settled then.
  bool find_suites() {
    if (!suites_.empty()) return true;
    const VersionFacts* open = nullptr;
    bool others = false;
    for (const auto version : {tls12, tls11, tls10}) {
      const VersionFacts& row = state_.facts.of(version);
      if (!row.complete) open = &row;
      for (const std::uint32_t code : row.ciphers) {
        const tls::CipherInfo* info = tls::find_cipher_suite(code);
        others |= info != nullptr && info->cbc();
      }
      suites_ = known_suites(row, true);
      // One for all, so that no difference comes of the suite.
      suites_.resize(std::min<std::size_t>(suites_.size(), 1));
      version_ = version;
      if (!suites_.empty()) return true;
    }
    if (others) {
      settle_all(Verdict::inconclusive, "no CBC suite is accepted that a handshake can be finished with");
    } else if (open != nullptr) {
      settle_all(Verdict::inconclusive, fmt::format("the suites of {} were not enumerated to the end",
                                                    model::display_name(open->version)));
    } else {
      settle_all(Verdict::not_applicable, "no CBC suite is accepted with TLS 1.0 to TLS 1.2");
    }
    return false;
  }

  void shuffle() {
    order_.assign(flaws.begin(), flaws.end());
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[state_.random->below(i)]);
  }

  void judge(const Outcome& outcome) override {
    if (flight_missing(outcome)) return;
    const auto& reactions = talk_->reactions();
    if (reactions.empty() || reactions.back().kind == ReactionKind::broke) {
      return settle_all(Verdict::inconclusive, "a probe was cut off");
    }
    responses_[order_.back()] = response_of(reactions);
    order_.pop_back();
    if (order_.empty()) run_ended(outcome);
  }

  void run_ended(const Outcome& outcome) {
    Responses responses = std::exchange(responses_, {});
    if (!suspicious_) {
      suspicious_ = !all_alike(responses);
      if (!suspicious_)
        settle_all(Verdict::not_affected, "records with wrong padding or MAC are answered alike");
      return;
    }
    runs_.push_back(std::move(responses));
    if (runs_.back() != runs_.front()) {
      settle_all(
          Verdict::inconclusive,
          "records with wrong padding or MAC are answered differently, but not always the same: a load "
          "balancer, a rate limit, or a device in between");
    } else if (runs_.size() == runs_to_believe) {
      conclude(outcome);
    }
  }

  void conclude(const Outcome& outcome) {
    const Responses& told = runs_.front();
    const std::string& control = told.at(Flaw::mac);
    const bool poodle = taken(told.at(Flaw::padding), control) && !taken(control, control);
    const auto judged = std::to_array<Judged>(
        {{"poodle_tls", poodle, "a record whose padding is wrong is taken, three times alike",
          "a record whose padding is wrong is refused"},
         {"goldendoodle",
          told.at(Flaw::padding_and_mac) != control || told.at(Flaw::mac_of_nothing) != control,
          "whether padding is right shows in the answers to records with a wrong MAC, three times alike",
          "records with a wrong MAC are answered alike, whatever their padding"},
         {"zombie_poodle",
          !poodle && (told.at(Flaw::padding) != control || told.at(Flaw::padding_alone) != control),
          "a record whose padding is wrong is refused otherwise than one with a wrong MAC, three times alike",
          "a record whose padding is wrong is not refused otherwise than one with a wrong MAC"}});
    std::vector<std::string> lines;
    for (const auto& [flaw, response] : told) lines.push_back(fmt::format("{}: {}", name_of(flaw), response));
    auto evidence = evidence_of_session(outcome, *talk_, "");
    evidence["responses"] = join(lines, "\n");
    evidence["suite"] =
        fmt::format("{} with {}", model::display_name(version_), tls::cipher_suite_name(suites_.front()));
    for (const Judged& one : judged) {
      const auto verdict = one.found ? Verdict::affected : Verdict::not_affected;
      settle_as(one.check, verdict, std::string(one.found ? one.affected : one.sound),
                one.found ? evidence : model::Evidence());
    }
  }

  void settle_all(Verdict verdict, const std::string& reason) {
    for (const std::string_view check : {"poodle_tls", "goldendoodle", "zombie_poodle"}) {
      settle_as(check, verdict, reason);
    }
  }

  model::ProtocolVersion version_ = tls12;
  std::vector<std::uint16_t> suites_;
  std::vector<Flaw> order_;  // still to be asked in this run, the next one last
  Responses responses_;      // of this run
  std::vector<Responses> runs_;
  bool suspicious_ = false;
  std::shared_ptr<SessionTalk> talk_;
};

}  // namespace

std::unique_ptr<Lane> cbc_padding_lane(ScanState& state) { return std::make_unique<CbcPaddingLane>(state); }

}  // namespace certherald::scan
