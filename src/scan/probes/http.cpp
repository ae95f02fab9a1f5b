#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "model/endpoint.hpp"
#include "scan/http_answer.hpp"
#include "scan/probes/probes.hpp"
#include "scan/session_lane.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using enum model::ProtocolVersion;
using model::Verdict;

constexpr std::uint64_t half_a_year = 15'552'000;  // seconds; what browsers and auditors ask for at least

// One request for the first page, that takes every encoding there is.
class Get final : public SessionScript {
 public:
  Get(const std::string& host, Millis patience)
      : request_(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\nUser-Agent: certherald\r\nAccept: */*\r\n"
                             "Accept-Encoding: gzip, deflate, br, zstd, compress\r\n"
                             "Referer: https://example.org/\r\nConnection: close\r\n\r\n",
                             host)),
        patience_(patience) {}

  std::optional<Move> next(tls::Client& client, const std::vector<Reaction>& reactions) override {
    if (reactions.empty())
      return Move{client.seal(tls::ContentType::application_data, as_bytes(request_)), patience_};
    const Reaction& last = reactions.back();
    if (last.kind != ReactionKind::record || last.alert()) return std::nullopt;
    if (last.type == tls::ContentType::application_data) {
      came_ += as_text(last.fragment);
      read_ = read_http_answer(came_);
      if (read_.reading != HttpReading::more) return std::nullopt;
    }
    return Move{{}, patience_};
  }

  [[nodiscard]] const HttpRead& read() const { return read_; }

 private:
  std::string request_;
  Millis patience_;
  std::string came_;
  HttpRead read_;
};

// The last coding of Content-Encoding that compresses; "" for none.
std::string compression_of(const HttpAnswer& answer) {
  const std::string* coding = answer.find("content-encoding");
  if (coding == nullptr) return "";
  const std::string known = lower_ascii(*coding);
  return known.empty() || known == "identity" ? "" : truncate(single_line(to_utf8(known)), 40);
}

// Settles breach and hsts by the same answer.
class HttpLane final : public SessionLane {
 public:
  explicit HttpLane(ScanState& state) : SessionLane(state, "hsts") {}

 private:
  std::optional<Probe> ask() override {
    if (state_.http_host.empty()) {
      settle_both(Verdict::not_applicable, "the port is for another protocol than HTTP");
      return std::nullopt;
    }
    constexpr Millis page{5'000};  // a first page may take a while
    auto script = std::make_unique<Get>(state_.http_host, std::max(page, silence_of(state_)));
    script_ = script.get();
    if (asks_older()) return ask_older(std::move(script));
    if (state_.facts.of(tls13).acceptance != Acceptance::accepted) {
      settle_both(Verdict::inconclusive,
                  "no version and suite is accepted that a handshake can be finished with");
      return std::nullopt;
    }
    auto made = shake_hands_tls13(share_group(), std::move(script));
    talk_ = std::move(made.talk);
    return std::move(made.probe);
  }

  [[nodiscard]] bool asks_older() const { return !known_suites(state_.facts.of(tls12)).empty(); }

  Probe ask_older(std::unique_ptr<Get> script) {
    auto made =
        shake_hands(make_hello(state_, tls12, known_suites(state_.facts.of(tls12)), groups_for(tls12)),
                    std::move(script));
    talk_ = std::move(made.talk);
    return std::move(made.probe);
  }

  void judge(const Outcome& outcome) override {
    if (wants_other_group(outcome) || flight_missing(outcome)) return;
    const HttpRead& read = script_->read();
    if (read.reading == HttpReading::foreign) {
      return settle_both(Verdict::not_applicable, "what is spoken behind TLS is not HTTP/1");
    }
    if (read.reading == HttpReading::more) {
      const auto& reactions = talk_->reactions();
      return settle_both(Verdict::inconclusive,
                         fmt::format("a request of HTTP was not answered: {}",
                                     reactions.empty() ? "cut off" : describe(reactions.back())));
    }
    judge_compression(read.answer);
    judge_hsts(read.answer, outcome);
  }

  void judge_compression(const HttpAnswer& answer) {
    const std::string coding = compression_of(answer);
    if (coding.empty())
      return settle_as("breach", Verdict::not_affected, "the first page comes without compression");
    settle_as(
        "breach", Verdict::inconclusive,
        fmt::format("the first page comes compressed ({}): whether a page repeats what was sent and holds a "
                    "secret cannot be told from outside",
                    coding));
  }

  void judge_hsts(const HttpAnswer& answer, const Outcome& outcome) {
    if (state_.server_name.empty() || model::is_ip_address(state_.server_name)) {
      return settle(Verdict::not_applicable, "browsers heed it for names only, and this is an address");
    }
    const std::string* field = answer.find("strict-transport-security");
    const auto age = field == nullptr ? std::nullopt : hsts_max_age(*field);
    if (age && *age >= half_a_year) {
      return settle(Verdict::not_affected,
                    fmt::format("Strict-Transport-Security holds for {} seconds", *age));
    }
    const std::string reason = field == nullptr ? "the answer has no Strict-Transport-Security"
                               : age
                                   ? fmt::format("Strict-Transport-Security holds for {} seconds only", *age)
                                   : "Strict-Transport-Security has no max-age that counts";
    auto evidence = evidence_of_session(outcome, *talk_, fmt::format("HTTP status {}", answer.status));
    if (field != nullptr) evidence["field"] = truncate(single_line(to_utf8(*field)), 200);
    settle(Verdict::affected, reason, std::move(evidence));
  }

  void settle_both(Verdict verdict, const std::string& reason) {
    settle_as("breach", verdict, reason);
    settle(verdict, reason);
  }

  Get* script_ = nullptr;  // the talk's
  std::shared_ptr<SessionTalk> talk_;
};

}  // namespace

std::unique_ptr<Lane> http_lane(ScanState& state) { return std::make_unique<HttpLane>(state); }

}  // namespace certherald::scan
