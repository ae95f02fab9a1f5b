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

void tell_ending(Talk& talk, const Error& error, Millis waited) {
  if (error.kind == ErrorKind::timed_out) return talk.timed_out(waited);
  if (error.kind == ErrorKind::refused) return talk.reset();
  talk.broke(describe(error));
}

void feed(Talk& talk, ByteView bytes) {
  while (talk.wants_more() && !bytes.empty()) {
    const auto space = talk.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::ranges::copy(bytes.first(count), space.begin());
    talk.received(count);
    bytes = bytes.subspan(count);
  }
}

// Bytes read, as the stream tells it; nothing where the talk's patience ended first.
net::Task<std::optional<Result<std::size_t>>> read_answer(net::TcpStream& stream, Talk& talk,
                                                          starttls::Framing* framing,
                                                          net::Deadline deadline) {
  if (const auto patience = talk.patience()) {
    const auto ready = co_await stream.readable(deadline.within(*patience));
    if (!ready) co_return fail(ready.error());
    if (!*ready && !deadline.expired()) co_return std::nullopt;
  }
  if (framing == nullptr) {
    const auto got = co_await stream.read_some(talk.space(), deadline);
    if (got && *got > 0) talk.received(*got);
    co_return got;
  }
  std::array<std::uint8_t, 4096> room{};
  const auto got = co_await stream.read_some(room, deadline);
  if (got) feed(talk, framing->unwrap(ByteView(room).first(*got)));
  co_return got;
}

net::Task<Status> write(net::TcpStream& stream, const Bytes& bytes, starttls::Framing* framing,
                        net::Deadline deadline) {
  if (framing == nullptr) co_return co_await stream.write_all(bytes, deadline);
  const Bytes wrapped = framing->wrap(bytes);
  co_return co_await stream.write_all(wrapped, deadline);
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

net::Task<Millis> converse(net::TcpStream& stream, const Bytes& hello, Talk& talk, starttls::Framing* framing,
                           Times times) {
  auto begin = SteadyClock::now();
  const auto waited = [&begin] { return std::chrono::duration_cast<Millis>(SteadyClock::now() - begin); };
  net::Deadline deadline = times.whole.within(times.step);
  std::optional<Millis> round_trip;
  Bytes words = hello;
  while (talk.wants_more()) {
    if (!words.empty()) {
      begin = SteadyClock::now();
      deadline = times.whole.within(times.step);
      const Status sent = co_await write(stream, words, framing, deadline);
      if (!sent) {
        tell_ending(talk, sent.error(), waited());
        break;
      }
    }
    const auto got = co_await read_answer(stream, talk, framing, deadline);
    if (!got) {
      talk.paused();
    } else if (!*got) {
      tell_ending(talk, got->error(), waited());
    } else if (**got == 0) {
      talk.closed();
    } else if (!round_trip) {
      round_trip = waited();
    }
    words = talk.output();
  }
  co_return round_trip.value_or(Millis(0));
}

}  // namespace certherald::scan
