#include "scan/order_lane.hpp"

#include <algorithm>

#include "codec/tls/cipher_suites.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

using enum model::ProtocolVersion;

bool is_chacha(std::uint16_t code) {
  return tls::cipher_suite_name(code).find("CHACHA20") != std::string::npos;
}

bool came_to_nothing(const Outcome& outcome) {
  return outcome.kind == OutcomeKind::silent || outcome.kind == OutcomeKind::not_connected ||
         outcome.kind == OutcomeKind::not_started;
}

}  // namespace

void OrderLane::prepare() {
  prepared_ = true;
  if (row().acceptance != Acceptance::accepted) return;
  for (const std::uint32_t code : row().ciphers) accepted_.push_back(static_cast<std::uint16_t>(code));
  std::ranges::stable_partition(accepted_, [](std::uint16_t code) { return !is_chacha(code); });
  const std::size_t most = version_ == ssl3 ? tls::max_ssl3_ciphers : long_list;
  accepted_.resize(std::min(accepted_.size(), most));
}

std::optional<Probe> OrderLane::next() {
  if (!prepared_) prepare();
  if (done_ || state_.stopped || accepted_.empty()) return std::nullopt;
  if (accepted_.size() == 1 && !compression_) return std::nullopt;
  std::vector<std::uint16_t> list = accepted_;
  if (!last_taken_) {
    std::ranges::reverse(list);
    std::ranges::stable_partition(list, [](std::uint16_t code) { return !is_chacha(code); });
  }
  offer_ = make_hello(state_, version_, std::move(list), groups_for(version_));
  offer_.compression = compression_;
  return make_probe(state_, offer_, ReadUntil::server_hello);
}

void OrderLane::answered(const Outcome& outcome) {
  if (!outcome.accepted() || note_answer(state_, offer_, outcome) != Choice::taken) return failed(outcome);
  compression_ = false;
  if (accepted_.size() == 1) {
    done_ = true;
    return;
  }
  took(outcome.server_hello().cipher);
}

// Every list of the enumeration begins with the usual suites, so that what was taken of these at first was
// preferred to all others of them.
bool OrderLane::was_passed_over(std::uint16_t suite) {
  std::vector<std::uint16_t> first_list = suites_for(version_);
  first_list.resize(std::min(first_list.size(), short_list));
  const auto offered = [&first_list](std::uint32_t code) {
    return std::ranges::find(first_list, code) != first_list.end();
  };
  const std::uint32_t first_taken = row().ciphers.front();
  return suite != first_taken && offered(suite) && offered(first_taken);
}

void OrderLane::took(std::uint16_t suite) {
  if (last_taken_) {
    row().order = suite == *last_taken_ ? SuiteOrder::server : SuiteOrder::client;
    done_ = true;
    return;
  }
  if (suite != offer_.ciphers.front()) {
    row().order = SuiteOrder::server;
    done_ = true;
  } else if (was_passed_over(suite)) {
    row().order = SuiteOrder::client;
    done_ = true;
  } else {
    last_taken_ = suite;
  }
}

void OrderLane::failed(const Outcome& outcome) {
  row().order_unknown = outcome.accepted() ? "chose what was not offered" : describe(outcome);
  // Some servers may not stand the offer of compression.
  if (compression_ && !came_to_nothing(outcome)) {
    compression_ = false;
    return;
  }
  done_ = std::exchange(failed_once_, true);
}

bool DhAgainLane::needed() const {
  constexpr int most = 2;
  return asked_ < most && state_.dh_spec &&
         std::ranges::none_of(
             state_.facts.dh_groups, [](const DhGroup& group) { return group.values.size() > 1; });
}

std::optional<Probe> DhAgainLane::next() {
  if (state_.stopped || !needed() || !state_.dh_spec) return std::nullopt;
  offer_ = *state_.dh_spec;
  std::erase_if(offer_.ciphers, [](std::uint16_t code) {
    const tls::CipherInfo* info = tls::find_cipher_suite(code);
    return info == nullptr || !info->finite_field();
  });
  return make_probe(state_, offer_, ReadUntil::key_exchange);
}

void DhAgainLane::answered(const Outcome& outcome) {
  ++asked_;
  if (outcome.accepted()) note_answer(state_, offer_, outcome);
}

}  // namespace certherald::scan
