// SQL Server: PRELOGIN (MS-TDS section 2.2.6.5), then TLS records inside of PRELOGIN packets until the
// handshake is over. A scan never goes beyond it.

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {
namespace {

constexpr std::size_t header_size = 8;  // type, status, length, SPID, packet number, window
constexpr std::uint8_t prelogin = 0x12;
constexpr std::uint8_t tabular_result = 0x04;
constexpr std::uint8_t end_of_message = 0x01;
constexpr std::size_t largest_packet = 4096;  // before a login may agree on another

constexpr std::uint8_t token_encryption = 1;
constexpr std::uint8_t token_end = 0xff;
constexpr std::uint8_t encrypt_on = 1;
constexpr std::uint8_t encrypt_not_supported = 2;

Bytes packet(std::uint8_t status, ByteView payload) {
  ByteWriter out;
  out.u8(prelogin).u8(status).u16(static_cast<std::uint16_t>(header_size + payload.size()));
  return std::move(out.u16(0).u8(1).u8(0).bytes(payload)).take();
}

struct Option {
  std::uint8_t token;
  Bytes value;
};

Bytes prelogin_request() {
  const std::vector<Option> options = {
      {0, {17, 0, 0, 0, 0, 0}},          // VERSION
      {token_encryption, {encrypt_on}},  //
      {2, {0}},                          // INSTOPT: no name of an instance
      {3, {0, 0, 0, 0}},                 // THREADID
      {4, {0}},                          // MARS: off
  };
  constexpr std::size_t option_size = 5;
  ByteWriter table;
  ByteWriter values;
  for (const Option& option : options) {
    const std::size_t at = options.size() * option_size + 1 + values.size();
    table.u8(option.token).u16(static_cast<std::uint16_t>(at));
    table.u16(static_cast<std::uint16_t>(option.value.size()));
    values.bytes(option.value);
  }
  return packet(end_of_message, table.u8(token_end).bytes(values.view()).view());
}

// Nothing where the table of options makes no sense or has none for encryption.
std::optional<std::uint8_t> encryption_of(ByteView payload) {
  ByteReader in(payload);
  for (auto token = in.u8(); token && *token != token_end; token = in.u8()) {
    const auto at = in.u16();
    const auto size = in.u16();
    if (!at || !size) return std::nullopt;
    if (*token != token_encryption) continue;
    if (*size < 1 || *at >= payload.size()) return std::nullopt;
    return payload[*at];
  }
  return std::nullopt;
}

class TdsFraming final : public Framing {
 public:
  Bytes wrap(ByteView tls) override {
    if (finished_) return {tls.begin(), tls.end()};
    look_for_finished(tls);
    Bytes out;
    while (!tls.empty()) {
      const std::size_t size = std::min(tls.size(), largest_packet - header_size);
      const Bytes next = packet(size == tls.size() ? end_of_message : 0, tls.first(size));
      out.insert(out.end(), next.begin(), next.end());
      tls = tls.subspan(size);
    }
    return out;
  }

  Bytes unwrap(ByteView came) override {
    Bytes out;
    for (const std::uint8_t byte : came) take(byte, out);
    return out;
  }

 private:
  // Packets carry the handshake alone (MS-TDS): what follows the record behind ChangeCipherSpec is bare.
  // `tls` holds whole records.
  void look_for_finished(ByteView tls) {
    constexpr std::uint8_t change = 20;
    ByteReader records(tls);
    while (const auto type = records.u8()) {
      if (!records.u16() || !records.vector16()) return;
      finished_ |= changed_;
      changed_ |= *type == change;
    }
  }

  void take(std::uint8_t byte, Bytes& out) {
    if (bare_ || left_ > 0) {
      out.push_back(byte);
      if (left_ > 0) --left_;
      return;
    }
    header_.push_back(byte);
    const bool framed = header_[0] == prelogin || header_[0] == tabular_result;
    if (framed && header_.size() < header_size) return;
    const std::size_t length = framed ? std::size_t{header_[2]} << 8U | header_[3] : 0;
    if (length < header_size) {
      bare_ = true;
      out.insert(out.end(), header_.begin(), header_.end());
    } else {
      left_ = length - header_size;
    }
    header_.clear();
  }

  Bytes header_;          // what has come of it
  std::size_t left_ = 0;  // bytes of the packet that are still to come
  bool bare_ = false;
  bool changed_ = false;
  bool finished_ = false;
};

class MssqlDialog final : public Dialog {
 public:
  MssqlDialog() { say(prelogin_request()); }

  [[nodiscard]] std::string_view awaited() const override { return "the answer to PRELOGIN"; }
  [[nodiscard]] std::unique_ptr<Framing> framing() const override { return std::make_unique<TdsFraming>(); }

 private:
  std::size_t read(ByteView input) override {
    if (input[0] != tabular_result) {
      foreign(input);
      return 0;
    }
    if (input.size() < header_size) return 0;
    const std::size_t length = std::size_t{input[2]} << 8U | input[3];
    if (length < header_size) {
      foreign(input);
      return 0;
    }
    if (input.size() < length) return 0;
    const ByteView payload = input.subspan(header_size, length - header_size);
    message_.insert(message_.end(), payload.begin(), payload.end());
    if ((input[1] & end_of_message) != 0) judge();
    return length;
  }

  void judge() {
    const auto encryption = encryption_of(message_);
    if (!encryption) {
      foreign(message_);
    } else if (*encryption == encrypt_not_supported) {
      end(EndKind::refused, "the server refused TLS: it says that it does not support encryption");
    } else {
      end(EndKind::ready);
    }
  }

  void foreign(ByteView said) {
    end(EndKind::foreign, fmt::format("does not speak TDS, as SQL Server does ({})", quote(as_text(said))));
  }

  Bytes message_;
};

}  // namespace

std::unique_ptr<Dialog> mssql(const std::string& /*server_name*/) { return std::make_unique<MssqlDialog>(); }

}  // namespace certherald::scan::starttls
