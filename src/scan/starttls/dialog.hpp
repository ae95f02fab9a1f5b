#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace certherald::scan::starttls {

inline constexpr std::size_t max_talk = std::size_t{16} * 1024;  // bytes a server may say before TLS

enum class EndKind : std::uint8_t {
  ready,        // the go-ahead: TLS begins with the next byte
  refused,      // it said no, for good: there is no TLS here
  unavailable,  // it said no, for now
  blocked,      // it turned us away: too many connections, or not from here
  foreign,      // what it says is not the protocol
};

struct End {
  EndKind kind = EndKind::foreign;
  std::string detail;        // one sentence, safe to show; "" of ready
  std::size_t leftover = 0;  // bytes that came behind the go-ahead; they are dropped

  friend bool operator==(const End&, const End&) = default;
};

// How TLS bytes travel where a protocol does not send them bare.
class Framing {
 public:
  virtual ~Framing() = default;
  [[nodiscard]] virtual Bytes wrap(ByteView tls) = 0;
  // The TLS bytes in what came, in any cut. Where it is not framed as it should be, all from there on.
  [[nodiscard]] virtual Bytes unwrap(ByteView came) = 0;
};

// What is said on a connection before TLS, without any I/O:
//   send dialog.output(); while (!dialog.ended()) { dialog.received(what came); send dialog.output(); }
// Memory stays within max_talk whatever comes, and a dialog ends there. One thread, no locks.
class Dialog {
 public:
  Dialog() = default;
  Dialog(const Dialog&) = delete;
  Dialog& operator=(const Dialog&) = delete;
  virtual ~Dialog() = default;

  [[nodiscard]] Bytes output();  // what is to be sent now, each byte once; "" while the server has the word
  void received(ByteView bytes);
  [[nodiscard]] const std::optional<End>& ended() const { return end_; }

  // What is awaited, for messages: "the greeting", "the answer to STARTTLS".
  [[nodiscard]] virtual std::string_view awaited() const = 0;
  // For the time after `ready`; nothing where TLS travels bare.
  [[nodiscard]] virtual std::unique_ptr<Framing> framing() const { return nullptr; }

 protected:
  // Takes one item from the front of `input` (never empty): how many bytes it had, 0 where more must come.
  // An end may come with either.
  [[nodiscard]] virtual std::size_t read(ByteView input) = 0;

  void say(ByteView bytes);
  void say(std::string_view text) { say(as_bytes(text)); }
  void end(EndKind kind, std::string detail = {});

 private:
  Bytes input_;
  Bytes output_;
  std::size_t heard_ = 0;
  std::optional<End> end_;
};

// What a server said, for a sentence of ours: one line, cut where it is long.
[[nodiscard]] std::string quote(std::string_view said);

}  // namespace certherald::scan::starttls
