#include "scan/conversation.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace certherald::scan {
namespace {

using SteadyClock = net::Deadline::clock;

Outcome not_started(model::ScanStatus status, std::string detail) {
  Outcome outcome;
  outcome.kind = OutcomeKind::not_started;
  outcome.status = status;
  outcome.detail = std::move(detail);
  return outcome;
}

// Of a dialog that ended by itself; nothing where TLS may begin.
std::optional<Outcome> outcome_of(const starttls::End& end) {
  switch (end.kind) {
    case starttls::EndKind::ready:
      return std::nullopt;
    case starttls::EndKind::refused:
    case starttls::EndKind::foreign:
      return not_started(model::ScanStatus::not_tls, end.detail);
    case starttls::EndKind::unavailable:
      return not_started(model::ScanStatus::unreachable, end.detail);
    case starttls::EndKind::blocked:
      return not_started(model::ScanStatus::blocked, end.detail);
  }
  return std::nullopt;
}

Outcome broken_off(const Error& error, const starttls::Dialog& dialog, Millis waited) {
  if (error.kind == ErrorKind::timed_out) {
    return not_started(model::ScanStatus::unreachable, fmt::format("connected, but {} did not come in {}",
                                                                   dialog.awaited(), short_span(waited)));
  }
  if (error.kind == ErrorKind::refused) {
    return not_started(model::ScanStatus::unreachable,
                       fmt::format("the server reset the connection before {}", dialog.awaited()));
  }
  Outcome outcome;
  outcome.detail = describe(error);
  return outcome;
}

void tell_ending(HelloProbe& probe, const Error& error, Millis waited) {
  if (error.kind == ErrorKind::timed_out) return probe.timed_out(waited);
  if (error.kind == ErrorKind::refused) return probe.reset();
  probe.broke(describe(error));
}

void feed(HelloProbe& probe, ByteView bytes) {
  while (probe.wants_more() && !bytes.empty()) {
    const auto space = probe.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::ranges::copy(bytes.first(count), space.begin());
    probe.received(count);
    bytes = bytes.subspan(count);
  }
}

// Bytes read, as the stream tells it.
net::Task<Result<std::size_t>> read_answer(net::TcpStream& stream, HelloProbe& probe,
                                           starttls::Framing* framing, net::Deadline deadline) {
  if (framing == nullptr) {
    const auto got = co_await stream.read_some(probe.space(), deadline);
    if (got && *got > 0) probe.received(*got);
    co_return got;
  }
  std::array<std::uint8_t, 4096> room{};
  const auto got = co_await stream.read_some(room, deadline);
  if (got) feed(probe, framing->unwrap(ByteView(room).first(*got)));
  co_return got;
}

}  // namespace

net::Task<std::optional<Outcome>> negotiate(net::TcpStream& stream, starttls::Dialog& dialog, Times times) {
  const auto begin = SteadyClock::now();
  const net::Deadline deadline = times.whole.within(times.step);
  const auto waited = [begin] { return std::chrono::duration_cast<Millis>(SteadyClock::now() - begin); };
  std::array<std::uint8_t, 4096> room{};
  for (;;) {
    const Bytes words = dialog.output();
    if (!words.empty()) {
      const Status sent = co_await stream.write_all(words, deadline);
      if (!sent) co_return broken_off(sent.error(), dialog, waited());
    }
    if (const auto& end = dialog.ended()) co_return outcome_of(*end);
    const auto got = co_await stream.read_some(room, deadline);
    if (!got) co_return broken_off(got.error(), dialog, waited());
    if (*got == 0) {
      co_return not_started(model::ScanStatus::unreachable,
                            fmt::format("the server closed the connection before {}", dialog.awaited()));
    }
    dialog.received(ByteView(room).first(*got));
  }
}

net::Task<Millis> converse(net::TcpStream& stream, const Bytes& hello, HelloProbe& probe,
                           starttls::Framing* framing, Times times) {
  const auto begin = SteadyClock::now();
  const net::Deadline deadline = times.whole.within(times.step);
  const auto waited = [begin] { return std::chrono::duration_cast<Millis>(SteadyClock::now() - begin); };
  const Bytes wrapped = framing == nullptr ? Bytes() : framing->wrap(hello);
  const Status sent = co_await stream.write_all(framing == nullptr ? hello : wrapped, deadline);
  if (!sent) {
    tell_ending(probe, sent.error(), waited());
    co_return Millis(0);
  }
  std::optional<Millis> round_trip;
  while (probe.wants_more()) {
    const auto got = co_await read_answer(stream, probe, framing, deadline);
    if (!got) {
      tell_ending(probe, got.error(), waited());
    } else if (*got == 0) {
      probe.closed();
    } else if (!round_trip) {
      round_trip = waited();
    }
  }
  co_return round_trip.value_or(Millis(0));
}

}  // namespace certherald::scan
