#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "scan/outcome.hpp"

namespace certherald::scan {

// Our side of one connection after the hello was sent, without any I/O:
//   while (talk.wants_more()) {
//     send talk.output(); read into talk.space(); talk.received(count) or one of the endings
//   }
//   talk.take()
// Memory stays within a bound whatever comes. One thread, no locks.
class Talk {
 public:
  Talk() = default;
  Talk(const Talk&) = default;
  Talk(Talk&&) = default;
  Talk& operator=(const Talk&) = default;
  Talk& operator=(Talk&&) = default;
  virtual ~Talk() = default;

  [[nodiscard]] virtual bool wants_more() const = 0;
  // What is to be sent now, each byte once; empty while the server has the word.
  [[nodiscard]] virtual Bytes output() { return {}; }
  // A silence of this length is told by paused(), and the connection goes on; nothing: it is waited for the
  // whole time of a step, and then timed_out().
  [[nodiscard]] virtual std::optional<Millis> patience() const { return std::nullopt; }

  [[nodiscard]] virtual std::span<std::uint8_t> space() = 0;  // never empty
  virtual void received(std::size_t count) = 0;               // 1 to size of the last space()

  virtual void paused() {}
  virtual void closed() = 0;
  virtual void reset() = 0;
  virtual void timed_out(Millis waited) = 0;
  virtual void broke(std::string detail) = 0;  // anything else on our side of the wire

  [[nodiscard]] virtual Outcome take() = 0;  // of the hello; once
};

}  // namespace certherald::scan
