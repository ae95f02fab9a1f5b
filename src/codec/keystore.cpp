#include "codec/keystore.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "base/enum_names.hpp"
#include "base/text.hpp"
#include "codec/java_keystore.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/handles.hpp"
#include "codec/x509/pem.hpp"
#include "codec/x509/pkcs.hpp"

namespace certherald::codec {
namespace {

constexpr EnumNames<KeystoreFormat, 5> formats = {{"PEM", "DER", "PKCS#7", "PKCS#12", "JKS"}};

// Collects certificates once each.
class Collector {
 public:
  explicit Collector(KeystoreFormat format) { store_.format = format; }

  Status add(ByteView der) {
    auto certificate = x509::parse_certificate(der);
    if (!certificate) return fail(certificate.error());
    if (!seen_.insert(certificate->sha256).second) return {};
    if (store_.certificates.size() >= max_keystore_certificates) {
      return fail(ErrorKind::too_large, "more than {} certificates", max_keystore_certificates);
    }
    store_.certificates.push_back(std::move(*certificate));
    return {};
  }

  Status add_all(const std::vector<Bytes>& ders) {
    std::size_t number = 0;
    for (const Bytes& der : ders) {
      ++number;
      if (Status status = add(der); !status) {
        return fail_in(fmt::format("certificate {}", number), status.error());
      }
    }
    return {};
  }

  Result<Keystore> finish(std::string_view when_empty) && {
    if (store_.certificates.empty()) return fail(ErrorKind::invalid_input, "{}", when_empty);
    return std::move(store_);
  }

 private:
  Keystore store_;
  std::set<std::string> seen_;
};

Result<Keystore> collect(KeystoreFormat format, const std::vector<Bytes>& ders) {
  Collector collector(format);
  if (Status status = collector.add_all(ders); !status) return fail(status.error());
  return std::move(collector).finish(fmt::format("no certificate in the {} file", to_string(format)));
}

template <std::size_t N>
bool is_one_of(std::string_view label, const std::array<std::string_view, N>& labels) {
  return std::ranges::find(labels, label) != labels.end();
}

constexpr std::array certificate_labels =
    std::to_array<std::string_view>({"CERTIFICATE", "X509 CERTIFICATE"});
constexpr std::array pkcs7_labels = std::to_array<std::string_view>({"PKCS7", "CMS", "PKCS #7 SIGNED DATA"});

// OpenSSL's own form: a certificate with trust settings behind it, which we do not follow.
Result<Bytes> without_trust_settings(ByteView der) {
  const x509::QuietErrors quiet;
  const x509::X509Handle x509 = x509::decode_whole<X509, X509_free, d2i_X509_AUX>(der);
  unsigned char* plain = nullptr;
  const int length = x509 ? i2d_X509(x509.get(), &plain) : 0;
  if (length <= 0) return fail(ErrorKind::invalid_input, "not a certificate with trust settings");
  Bytes out(plain, plain + length);
  OPENSSL_free(plain);
  return out;
}

Status add_block(Collector& collector, const x509::PemBlock& block) {
  const bool certificate = is_one_of(block.label, certificate_labels);
  const bool trusted = block.label == "TRUSTED CERTIFICATE";
  const bool pkcs7 = is_one_of(block.label, pkcs7_labels);
  if (!certificate && !trusted && !pkcs7) return {};
  auto bytes = x509::decode_pem(block);
  if (!bytes) return fail(bytes.error());
  if (trusted) bytes = without_trust_settings(*bytes);
  if (!bytes) return fail_in(fmt::format("line {}", block.line), bytes.error());
  if (pkcs7) {
    const auto inside = x509::pkcs7_certificates(*bytes);
    if (!inside) return fail(ErrorKind::invalid_input, "line {}: not PKCS#7", block.line);
    return collector.add_all(*inside);
  }
  if (Status status = collector.add(*bytes); !status) {
    return fail_in(fmt::format("line {}", block.line), status.error());
  }
  return {};
}

Result<Keystore> read_pem(std::string_view text) {
  auto blocks = x509::pem_blocks(text);
  if (!blocks) return fail(blocks.error());
  Collector collector(KeystoreFormat::pem);
  bool keys = false;
  for (const x509::PemBlock& block : *blocks) {
    keys = keys || block.label.ends_with("PRIVATE KEY");
    if (Status status = add_block(collector, block); !status) return fail(status.error());
  }
  return std::move(collector).finish(keys ? "no certificate in it, only a private key"
                                          : "no certificate in it");
}

// Nothing where no reader knows the bytes.
std::optional<Result<Keystore>> read_binary(ByteView file, std::optional<std::string_view> passphrase) {
  if (const auto inside = x509::pkcs7_certificates(file)) return collect(KeystoreFormat::pkcs7, *inside);
  if (const auto inside = x509::pkcs12_certificates(file, passphrase)) {
    if (!*inside) return fail(inside->error());
    return collect(KeystoreFormat::pkcs12, **inside);
  }
  if (!x509::parse_certificate(file)) return std::nullopt;
  return collect(KeystoreFormat::der, {Bytes(file.begin(), file.end())});
}

}  // namespace

Result<Keystore> read_keystore(ByteView file, std::optional<std::string_view> passphrase) {
  if (file.size() > max_keystore_size) {
    return fail(ErrorKind::too_large, "larger than {} bytes", max_keystore_size);
  }
  if (file.empty()) return fail(ErrorKind::invalid_input, "the file is empty");
  if (is_java_keystore(file)) {
    const auto inside = java_keystore_certificates(file, passphrase);
    if (!inside) return fail(inside.error());
    return collect(KeystoreFormat::jks, *inside);
  }
  constexpr std::uint8_t sequence = 0x30;  // also the digit 0, so text is still possible
  if (file.front() == sequence) {
    if (auto store = read_binary(file, passphrase)) return std::move(*store);
  }
  if (as_text(file).find("-----BEGIN ") != std::string_view::npos) return read_pem(as_text(file));
  return fail(ErrorKind::invalid_input,
              "neither PEM nor DER of a certificate, PKCS#7 or PKCS#12, nor a Java keystore");
}

std::string_view to_string(KeystoreFormat format) { return formats.name(format); }

}  // namespace certherald::codec
