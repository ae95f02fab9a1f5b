#include "scan/hello_probe.hpp"

#include <algorithm>

#include "codec/tls/ssl2.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

// Handshakes have a limit of their own; this one is for warnings and other small talk without end.
constexpr std::size_t max_answer = std::size_t{2} << 20U;

bool is_tls13(const tls::ServerHello& hello) {
  return !hello.retry_request && hello.version >= tls::wire_version(model::ProtocolVersion::tls13);
}

}  // namespace

void HelloProbe::end(OutcomeKind kind, std::string detail) {
  done_ = true;
  if (foreign_) kind = OutcomeKind::not_tls;
  if (outcome_.hello) {
    outcome_.detail = std::move(detail);
    return;
  }
  outcome_.kind = kind;
  outcome_.detail = std::move(detail);
}

void HelloProbe::keep_first(std::size_t count) {
  constexpr std::size_t enough = 64;
  Bytes& kept = outcome_.received;
  const auto first = space_.first(std::min(count, enough - kept.size()));
  kept.insert(kept.end(), first.begin(), first.end());
}

void HelloProbe::received(std::size_t count) {
  keep_first(count);
  bytes_ += count;
  if (bytes_ > max_answer) {
    end(OutcomeKind::too_large, fmt::format("an answer of more than {} bytes", max_answer));
    return;
  }
  records_.commit(count);
  if (until_ == ReadUntil::ssl2_hello && read_ssl2()) return;
  while (!done_) {
    const tls::RecordStep step = records_.next();
    if (std::holds_alternative<tls::NeedMore>(step)) return;
    if (const auto* other = std::get_if<tls::NotTls>(&step)) {
      read_other(other->prefix);
      return;
    }
    read_record(std::get<tls::Record>(step));
  }
}

void HelloProbe::read_other(ByteView prefix) {
  outcome_.prefix.assign(prefix.begin(), prefix.end());
  // A banner that comes in pieces is known by its first words only.
  constexpr std::size_t enough_to_tell = 8;
  foreign_ = true;
  if (outcome_.hello || prefix.size() >= enough_to_tell) end(OutcomeKind::not_tls, "what followed is no TLS");
}

bool HelloProbe::read_ssl2() {
  const ByteView here = records_.pending();
  const tls::Ssl2Step step = tls::read_ssl2_answer(here);
  if (std::holds_alternative<tls::NotSsl2>(step)) return false;
  if (const auto* hello = std::get_if<tls::Ssl2ServerHello>(&step)) {
    outcome_.ssl2 = *hello;
    outcome_.kind = OutcomeKind::server_hello;
    done_ = true;
  } else if (const auto* error = std::get_if<tls::Ssl2Error>(&step)) {
    end(OutcomeKind::alert, fmt::format("SSL 2.0 error {}", error->code));
  }
  return true;
}

void HelloProbe::read_record(const tls::Record& record) {
  switch (record.type) {
    case tls::ContentType::handshake:
      messages_.feed(record.fragment);
      read_messages();
      return;
    case tls::ContentType::alert:
      read_alert(record.fragment);
      return;
    case tls::ContentType::change_cipher_spec:  // RFC 8446 appendix D.4: servers send it after a retry
                                                // request
    case tls::ContentType::heartbeat:
      return;
    case tls::ContentType::application_data:
      if (decrypts()) return read_encrypted(record.fragment);
      end(OutcomeKind::malformed, "application data came before the handshake");
      return;
  }
}

void HelloProbe::read_encrypted(ByteView fragment) {
  if (!encrypted_) return end(OutcomeKind::malformed, "application data came before the handshake");
  const auto record = encrypted_->open(fragment);
  if (!record) return end(OutcomeKind::malformed, "an encrypted record does not open with the agreed key");
  if (record->type == tls::ContentType::alert) return read_alert(record->content);
  if (record->type != tls::ContentType::handshake) {
    return end(OutcomeKind::malformed, "something else came inside the encrypted handshake");
  }
  messages_.feed(record->content);
  read_messages();
}

void HelloProbe::read_alert(ByteView fragment) {
  const auto alert = tls::parse_alert(fragment);
  if (!alert) {
    end(OutcomeKind::malformed, "an alert of less than two bytes came");
    return;
  }
  // A warning before the ServerHello says nothing yet: unrecognized_name above all (RFC 6066 section 3). A
  // close_notify is a refusal, whatever its level.
  if (!alert->fatal() && alert->description != tls::alert_close_notify) return;
  if (!outcome_.alert) outcome_.alert = alert;
  end(OutcomeKind::alert, tls::describe(*alert));
}

void HelloProbe::read_messages() {
  while (!done_) {
    const tls::HandshakeStep step = messages_.next();
    if (std::holds_alternative<tls::NeedMore>(step)) return;
    if (const auto* large = std::get_if<tls::HandshakeTooLarge>(&step)) {
      end(OutcomeKind::too_large,
          fmt::format("a TLS handshake of {} bytes, over the limit of {}", large->size, large->limit));
      return;
    }
    read_message(std::get<tls::HandshakeMessage>(step));
  }
}

void HelloProbe::read_message(const tls::HandshakeMessage& message) {
  if (!outcome_.hello) {
    if (message.type == tls::HandshakeType::server_hello) {
      read_server_hello(message.body);
      return;
    }
    constexpr auto hello_request = static_cast<tls::HandshakeType>(0);  // RFC 5246 section 7.4.1.1
    if (message.type != hello_request) end(OutcomeKind::malformed, "no ServerHello came first");
    return;
  }
  if (message.type == tls::HandshakeType::certificate) {
    read_certificate(message.body);
  } else if (message.type == tls::HandshakeType::certificate_status) {
    keep_staple(tls::parse_certificate_status(message.body));
  } else if (message.type == tls::HandshakeType::server_key_exchange) {
    const tls::CipherInfo* cipher = tls::find_cipher_suite(outcome_.hello->cipher);
    if (cipher != nullptr) outcome_.keys = tls::parse_server_key_exchange(message.body, *cipher);
    if (until_ != ReadUntil::flight) done_ = true;
  } else if (message.type == tls::HandshakeType::certificate_request) {
    outcome_.asks_client_certificate = true;
  } else if (message.type == tls::HandshakeType::server_hello_done) {
    done_ = true;
  }
}

void HelloProbe::read_certificate(ByteView body) {
  const auto chain = decrypts() ? tls::parse_certificate_list_tls13(body) : tls::parse_certificate_list(body);
  if (!chain) return end(OutcomeKind::malformed, "the Certificate message makes no sense");
  auto& out = outcome_.chain.emplace();
  for (const ByteView der : *chain) out.emplace_back(der.begin(), der.end());
  if (!decrypts()) return;
  keep_staple(tls::parse_staple_tls13(body));
  done_ = true;  // what follows proves who sent it, which is not asked here
}

void HelloProbe::keep_staple(std::optional<ByteView> response) {
  if (response && !outcome_.staple) outcome_.staple.emplace(response->begin(), response->end());
}

void HelloProbe::read_server_hello(ByteView body) {
  outcome_.hello = tls::parse_server_hello(body);
  if (!outcome_.hello) {
    end(OutcomeKind::malformed, "the ServerHello makes no sense");
    return;
  }
  outcome_.kind = outcome_.hello->retry_request ? OutcomeKind::retry_request : OutcomeKind::server_hello;
  if (encrypted_ && is_tls13(*outcome_.hello) && !encrypted_->begin(body, *outcome_.hello)) {
    encrypted_.reset();
  }
  done_ = enough_after_hello();
}

bool HelloProbe::enough_after_hello() const {
  // From TLS 1.3 on nothing more comes in the clear.
  if (outcome_.server_hello().retry_request) return true;
  if (is_tls13(outcome_.server_hello())) return !decrypts() || until_ != ReadUntil::flight;
  const tls::CipherInfo* cipher = tls::find_cipher_suite(outcome_.server_hello().cipher);
  switch (until_) {
    case ReadUntil::server_hello:
      return cipher == nullptr || !(cipher->finite_field() || cipher->temporary_rsa());
    case ReadUntil::key_exchange:
    case ReadUntil::flight:
      return false;
    case ReadUntil::ssl2_hello:
      return true;
  }
  return true;
}

void HelloProbe::closed() {
  if (records_.pending().empty() && !messages_.in_message()) {
    end(OutcomeKind::closed, "the connection was closed");
    return;
  }
  end(OutcomeKind::closed, "the connection was closed inside a message");
}

void HelloProbe::reset() { end(OutcomeKind::reset, "the connection was reset"); }

void HelloProbe::timed_out(Millis waited) {
  if (bytes_ == 0) {
    end(OutcomeKind::silent, fmt::format("no answer in {}", short_span(waited)));
    return;
  }
  end(OutcomeKind::silent, fmt::format("only {} bytes in {}", bytes_, short_span(waited)));
}

void HelloProbe::broke(std::string detail) { end(OutcomeKind::gave_up, std::move(detail)); }

}  // namespace certherald::scan
