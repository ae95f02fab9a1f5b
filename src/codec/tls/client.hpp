#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "codec/tls/handshake.hpp"
#include "codec/tls/record.hpp"
#include "codec/tls/server_messages.hpp"

namespace certherald::codec::tls {

enum class Stage : std::uint8_t {
  handshake,  // one is under way: the first, or one that renegotiates
  open,       // Finished of the server was right, ours is in output()
  ended,      // by a fatal alert, or because nothing more can be read: see alert() and failure()
};

// The client's side of one connection whose hello was sent, without any I/O: bytes in, bytes out. It
// completes the handshake and protects what follows, but authenticates nobody: neither the chain nor the
// signature of the server is looked at, only Finished. So nothing that is worth protecting may be sent.
// Memory stays within the limits of record.hpp and handshake.hpp and what take() was not asked for. One
// thread, no locks.
class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  [[nodiscard]] std::span<std::uint8_t> space() { return records_.prepare(); }  // never empty
  void received(std::size_t count);                                             // of the last space()
  void feed(ByteView bytes);                                                    // copies; any size

  [[nodiscard]] Bytes output() { return std::exchange(output_, {}); }  // to be sent, each byte once

  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }       // in our words; "" for an alert
  [[nodiscard]] const std::optional<Alert>& alert() const { return alert_; }  // fatal, in a handshake
  [[nodiscard]] const std::vector<ServerHello>& hellos() const { return hellos_; }  // one a handshake
  [[nodiscard]] const std::vector<Bytes>& chain() const { return chain_; }          // DER, leaf first

  // The next record that came outside of a handshake, opened: data, alerts, and tickets and the like too.
  [[nodiscard]] std::optional<PlainRecord> take();

  // One record, protected once the stage is open; at most 2^14 bytes.
  [[nodiscard]] virtual Bytes seal(ContentType type, ByteView content) = 0;

 protected:
  virtual void read_record(const Record& record) = 0;
  // A whole message of a handshake or behind one, with its header in `whole`.
  virtual void read_message(HandshakeType type, ByteView body, ByteView whole) = 0;

  void read_messages(ByteView fragment);
  void read_alert(ByteView fragment);  // in a handshake
  void keep(ContentType type, ByteView content);
  void fail(std::string why);
  void send(ByteView bytes) { output_.insert(output_.end(), bytes.begin(), bytes.end()); }
  void keep_chain(const std::optional<std::vector<ByteView>>& list);

  Stage stage_ = Stage::handshake;
  std::vector<ServerHello> hellos_;
  HandshakeReader messages_;

 private:
  void read();

  RecordReader records_;
  Bytes output_;
  std::string failure_;
  std::optional<Alert> alert_;
  std::vector<Bytes> chain_;
  std::deque<PlainRecord> kept_;
  int warnings_ = 0;
};

// A handshake message with its header.
[[nodiscard]] Bytes make_message(HandshakeType type, ByteView body);

}  // namespace certherald::codec::tls
