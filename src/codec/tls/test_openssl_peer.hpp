#pragma once

// For tests: OpenSSL's server over memory, which goes on after the handshake and sends back what it reads.

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {

struct PeerOptions {
  int version = TLS1_2_VERSION;
  std::string suites = "ALL:@SECLEVEL=0";  // of TLS 1.3 where that is the version
  std::string groups = "X25519:P-256";
  bool rsa = true;  // the key of its certificate; else P-256
  std::uint64_t switches = SSL_OP_NO_ENCRYPT_THEN_MAC;
  bool asks_client = false;
  std::uint32_t early_data = 0;
};

class OpensslPeer {
 public:
  explicit OpensslPeer(const PeerOptions& options = {})
      : context_(SSL_CTX_new(TLS_server_method())),
        key_(options.rsa ? rsa_key() : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")) {
    const x509::X509Handle made(X509_new());
    X509_set_pubkey(made.get(), key_.get());
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86'400);
    X509_sign(made.get(), key_.get(), EVP_sha256());
    SSL_CTX* on = context_.get();
    SSL_CTX_set_security_level(on, 0);
    SSL_CTX_set_min_proto_version(on, options.version);
    SSL_CTX_set_max_proto_version(on, options.version);
    SSL_CTX_set_options(on, options.switches);
    SSL_CTX_set_dh_auto(on, 1);
    SSL_CTX_set_max_early_data(on, options.early_data);
    if (options.asks_client) SSL_CTX_set_verify(on, SSL_VERIFY_PEER, nullptr);
    const bool newest = options.version == TLS1_3_VERSION;
    EXPECT_EQ(newest ? SSL_CTX_set_ciphersuites(on, options.suites.c_str())
                     : SSL_CTX_set_cipher_list(on, options.suites.c_str()),
              1);
    EXPECT_EQ(SSL_CTX_set1_groups_list(on, options.groups.c_str()), 1);
    EXPECT_EQ(SSL_CTX_use_certificate(on, made.get()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(on, key_.get()), 1);
    SSL_CTX_set_session_id_context(on, key_context.data(), key_context.size());
    connect();
  }

  // A new connection; sessions are kept.
  void connect() {
    if (connection_) SSL_set_shutdown(connection_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    connection_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(connection_.get(), in_, out_);
    SSL_set_accept_state(connection_.get());
    read_.clear();
  }

  // What it sends when these bytes arrive.
  [[nodiscard]] Bytes exchange(ByteView bytes) {
    if (!bytes.empty()) BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    std::array<std::uint8_t, 2048> room{};
    for (;;) {
      const int count = SSL_read(connection_.get(), room.data(), static_cast<int>(room.size()));
      if (count <= 0) break;
      read_.insert(read_.end(), room.begin(), room.begin() + count);
      const ByteView said = answer.empty() ? ByteView(room).first(static_cast<std::size_t>(count)) : answer;
      SSL_write(connection_.get(), said.data(), static_cast<int>(said.size()));
    }
    return pending();
  }

  Bytes answer;  // what it says in place of what it read

  void tickets(std::size_t count) { SSL_CTX_set_num_tickets(context_.get(), count); }  // of TLS 1.3
  void key_update() { SSL_key_update(connection_.get(), SSL_KEY_UPDATE_REQUESTED); }
  [[nodiscard]] Bytes say(ByteView words) {
    SSL_write(connection_.get(), words.data(), static_cast<int>(words.size()));
    return pending();
  }

  [[nodiscard]] const Bytes& read() const { return read_; }
  [[nodiscard]] bool finished() const { return SSL_is_init_finished(connection_.get()) == 1; }
  [[nodiscard]] bool resumed() const { return SSL_session_reused(connection_.get()) == 1; }
  [[nodiscard]] std::string suite() const { return SSL_get_cipher_name(connection_.get()); }

 private:
  // One for all, which takes long to make. A reference more.
  static EVP_PKEY* rsa_key() {
    static const x509::Handle<EVP_PKEY, EVP_PKEY_free> made(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    EVP_PKEY_up_ref(made.get());
    return made.get();
  }

  [[nodiscard]] Bytes pending() const {
    Bytes out(BIO_ctrl_pending(out_));
    if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
    return out;
  }

  static constexpr std::array<unsigned char, 1> key_context = {1};
  x509::Handle<SSL_CTX, SSL_CTX_free> context_;
  x509::Handle<EVP_PKEY, EVP_PKEY_free> key_;
  x509::Handle<SSL, SSL_free> connection_;
  BIO* in_ = nullptr;   // the connection's
  BIO* out_ = nullptr;  // the same
  Bytes read_;
};

}  // namespace certherald::codec::tls
