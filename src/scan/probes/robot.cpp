#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/rsa_key.hpp"
#include "scan/probe_lane.hpp"
#include "scan/probes/probes.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using model::Verdict;
using enum model::ProtocolVersion;

// What is wrong with the padding of an encrypted premaster secret (RFC 8017 section 7.2.2).
enum class Padding : std::uint8_t { good, bad_start, misplaced_zero, no_zero, wrong_version };
constexpr auto paddings = std::to_array(
    {Padding::good, Padding::bad_start, Padding::misplaced_zero, Padding::no_zero, Padding::wrong_version});

std::string_view name_of(Padding padding) {
  switch (padding) {
    case Padding::good:
      return "right padding";
    case Padding::bad_start:
      return "wrong first bytes";
    case Padding::misplaced_zero:
      return "zero in the wrong place";
    case Padding::no_zero:
      return "no zero";
    case Padding::wrong_version:
      return "wrong version";
  }
  return "";
}

Bytes without_zeros(Random& random, std::size_t count) {
  Bytes out = random_bytes(random, count);
  for (std::uint8_t& byte : out) byte = byte == 0 ? 1 : byte;
  return out;
}

// As long as the modulus, which has at least 64 bytes.
Bytes padded_secret(Padding padding, std::size_t modulus, std::uint16_t version, Random& random) {
  constexpr std::size_t secret = 46;
  constexpr std::size_t around = 2 + 3;  // the first bytes; the zero and the version
  ByteWriter out;
  out.u16(padding == Padding::bad_start ? 0x4117 : 0x0002);
  out.bytes(without_zeros(random, modulus - secret - around));
  const Bytes rest = without_zeros(random, secret);
  switch (padding) {
    case Padding::good:
    case Padding::bad_start:
      out.u8(0).u16(version).bytes(rest);
      break;
    case Padding::misplaced_zero:
      out.u8(0x11).bytes(rest).u16(0x0011);
      break;
    case Padding::no_zero:
      out.u8(0x11).u16(0x1111).bytes(rest);
      break;
    case Padding::wrong_version:
      out.u8(0).u16(0x0202).bytes(rest);
      break;
  }
  return std::move(out).take();
}

// ClientKeyExchange with such a secret, and in the long form what would follow it.
class KeyExchange final : public Script {
 public:
  KeyExchange(Padding padding, bool whole, std::uint16_t version, Random& random, Millis patience)
      : padding_(padding), whole_(whole), version_(version), random_(random), patience_(patience) {}

  std::optional<Move> next(const Outcome& flight, const std::vector<Reaction>& reactions) override {
    if (!reactions.empty() || !flight.chain || flight.chain->empty()) return std::nullopt;
    const auto key = tls::RsaKey::of_certificate(flight.chain->front());
    if (!key) return std::nullopt;
    const auto sealed = key->raw_encrypt(padded_secret(padding_, key->size(), version_, random_));
    if (!sealed) return std::nullopt;
    const std::uint16_t version = flight.server_hello().legacy_version;
    ByteWriter body;
    version == tls::wire_version(ssl3) ? body.bytes(*sealed) : body.vector16(*sealed);
    ByteWriter message;
    message.u8(static_cast<std::uint8_t>(tls::HandshakeType::client_key_exchange)).vector24(body.view());
    ByteWriter out;
    out.bytes(make_record(tls::ContentType::handshake, version, message.view()));
    if (whole_) {
      constexpr std::array<std::uint8_t, 1> change = {1};
      constexpr std::size_t noise = 64;
      out.bytes(make_record(tls::ContentType::change_cipher_spec, version, change));
      out.bytes(make_record(tls::ContentType::handshake, version, random_bytes(random_, noise)));
    }
    return Move{std::move(out).take(), patience_};
  }

 private:
  Padding padding_;
  bool whole_;
  std::uint16_t version_;
  Random& random_;
  Millis patience_;
};

using Responses = std::map<Padding, std::string>;

bool all_alike(const Responses& responses) {
  return std::ranges::all_of(responses,
                             [&](const auto& one) { return one.second == responses.begin()->second; });
}

// Only the question whether the padding is right as a whole is answered: too little for a quick attack.
bool is_weak(const Responses& responses) {
  return responses.at(Padding::bad_start) == responses.at(Padding::misplaced_zero) &&
         responses.at(Padding::bad_start) == responses.at(Padding::no_zero);
}

class RobotLane final : public ProbeLane {
 public:
  explicit RobotLane(ScanState& state) : ProbeLane(state, "robot") {}

 private:
  static constexpr std::size_t runs_to_believe = 3;

  std::optional<Probe> ask() override {
    if (!find_suites()) return std::nullopt;
    if (order_.empty()) shuffle();
    Probe probe =
        make_follow_up(state_, make_hello(state_, version_, ciphers_, {}),
                       std::make_unique<KeyExchange>(order_.back(), whole_, tls::wire_version(version_),
                                                     *state_.random, patience()));
    talk_ = std::static_pointer_cast<FollowUp>(probe.talk);
    return probe;
  }

  // A secret alone is answered by a server that finds fault with it as soon as it has used its key, and the
  // longest of the handshakes so far had that in it too: four times as long is enough to see whether any of
  // the five is answered. What then is told from what is asked again with all patience.
  [[nodiscard]] Millis patience() const {
    constexpr int times_as_patient = 4;
    constexpr Millis least{100};
    if (suspicious_) return times_as_patient * silence_of(state_);
    if (whole_) return silence_of(state_);
    return std::min(silence_of(state_), std::max(least, times_as_patient * state_.round_trip));
  }

  // False where there are none; settled then.
  bool find_suites() {
    if (!ciphers_.empty()) return true;
    const VersionFacts* open = nullptr;
    for (const auto version : {tls12, tls11, tls10, ssl3}) {
      const VersionFacts& row = state_.facts.of(version);
      if (!row.complete) open = &row;
      for (const std::uint32_t code : row.ciphers) {
        const tls::CipherInfo* info = tls::find_cipher_suite(code);
        if (info != nullptr && info->key_exchange == tls::KeyExchange::rsa) ciphers_.push_back(info->code);
      }
      version_ = version;
      if (!ciphers_.empty()) return true;
    }
    if (open == nullptr) {
      settle(Verdict::not_applicable, "no suite is accepted whose key exchange is encrypted with RSA");
    } else {
      settle(Verdict::inconclusive, fmt::format("the suites of {} were not enumerated to the end",
                                                model::display_name(open->version)));
    }
    return false;
  }

  void shuffle() {
    order_.assign(paddings.begin(), paddings.end());
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[state_.random->below(i)]);
  }

  void judge(const Outcome& outcome) override {
    if (flight_missing(outcome)) return;
    if (talk_->reactions().empty()) {
      return settle(Verdict::inconclusive,
                    "the certificate's key is none that a secret can be encrypted with");
    }
    const Reaction& reaction = talk_->reactions().back();
    if (reaction.kind == ReactionKind::broke) return settle(Verdict::inconclusive, "a probe was cut off");
    responses_[order_.back()] = describe(reaction);
    order_.pop_back();
    if (order_.empty()) run_ended(outcome);
  }

  void run_ended(const Outcome& outcome) {
    Responses responses = std::exchange(responses_, {});
    if (!suspicious_) {
      suspicious_ = !all_alike(responses);
      if (!suspicious_ && !std::exchange(whole_, false)) settle_alike();
      return;
    }
    runs_.push_back(std::move(responses));
    if (runs_.back() != runs_.front()) {
      settle(
          Verdict::inconclusive,
          "secrets with wrong padding are answered differently, but not always the same: a load balancer, a "
          "rate limit, or a device in between");
    } else if (runs_.size() == runs_to_believe) {
      conclude(outcome);
    }
  }

  void settle_alike() {
    settle(Verdict::not_affected, "a secret with wrong padding is answered like a right one");
  }

  void conclude(const Outcome& outcome) {
    const Responses& responses = runs_.front();
    if (all_alike(responses)) return settle_alike();  // what was silent at first was only slow
    std::vector<std::string> lines;
    for (const auto& [padding, response] : responses)
      lines.push_back(fmt::format("{}: {}", name_of(padding), response));
    auto evidence = evidence_of(outcome, *talk_);
    evidence["responses"] = join(lines, "\n");
    const std::string oracle = is_weak(responses) ? "weak" : "strong";
    evidence["oracle"] = oracle;
    evidence["flow"] = whole_ ? "with Finished" : "without Finished";
    settle(Verdict::affected,
           fmt::format("how a secret is padded shows in the answers, three times alike: a {} oracle", oracle),
           std::move(evidence));
  }

  model::ProtocolVersion version_ = tls12;
  std::vector<std::uint16_t> ciphers_;
  std::vector<Padding> order_;   // still to be asked in this run, the next one last
  Responses responses_;          // of this run
  std::vector<Responses> runs_;  // after a first one that differed, each with more patience
  bool whole_ = true;            // with ChangeCipherSpec and Finished behind it
  bool suspicious_ = false;
  std::shared_ptr<FollowUp> talk_;
};

}  // namespace

std::unique_ptr<Lane> robot_lane(ScanState& state) { return std::make_unique<RobotLane>(state); }

}  // namespace certherald::scan
