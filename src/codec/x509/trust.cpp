#include "codec/x509/trust.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"
#include "codec/digest.hpp"
#include "codec/keystore.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/handles.hpp"
#include "codec/x509/name.hpp"
#include "codec/x509/public_roots.hpp"

namespace certherald::codec::x509 {
namespace {

using StoreHandle = Handle<X509_STORE, X509_STORE_free>;
using ContextHandle = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;

// A hostile chain must not make us search for long.
constexpr std::size_t max_chain = 32;
constexpr std::size_t max_paths = 32;
constexpr int max_depth = 16;

using Path = std::vector<X509*>;  // leaf first, borrowed

// Every way from the leaf up through the presented certificates, however they are ordered. The
// library takes one issuer at each step and never turns back, so a cross-signed intermediate that leads
// nowhere can hide the one that leads to a root.
class PathSearch {
 public:
  explicit PathSearch(const Path& presented) : presented_(presented) {}

  [[nodiscard]] std::vector<Path> run() {
    Path path = {presented_.front()};
    extend(path);
    return std::move(found_);
  }

 private:
  void extend(Path& path) {
    bool extended = false;
    for (X509* candidate : presented_) {
      if (found_.size() >= max_paths) return;
      if (path.size() >= max_depth || std::ranges::find(path, candidate) != path.end()) continue;
      if (X509_check_issued(candidate, path.back()) != X509_V_OK) continue;
      extended = true;
      path.push_back(candidate);
      extend(path);
      path.pop_back();
    }
    if (!extended) found_.push_back(path);
  }

  const Path& presented_;
  std::vector<Path> found_;
};

std::string quoted(const X509_NAME* name) { return "'" + truncate(name_text(name), 120) + "'"; }

Bytes der_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate, &der);
  if (length <= 0) return {};
  Bytes out(der, der + length);
  OPENSSL_free(der);
  return out;
}

std::string fingerprint(X509* certificate) {
  const Bytes der = der_of(certificate);
  return der.empty() ? std::string() : sha256_hex(der);
}

enum class Naming : std::uint8_t { nobody, subject, issuer };

struct ReasonRow {
  int error;
  Naming naming;  // whose name takes the place of {}
  std::string_view text;
};

constexpr std::array reasons = std::to_array<ReasonRow>({
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, Naming::nobody,
     "the certificate is self-signed and not among the trusted ones"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, Naming::subject,
     "the chain ends in {}, which is not among the trusted roots"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, Naming::issuer,
     "the issuer {} was not presented and is not among the trusted roots"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, Naming::issuer,
     "the issuer {} was not presented and is not among the trusted roots"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, Naming::issuer,
     "the issuer {} was not presented and is not among the trusted roots"},
    {X509_V_ERR_CERT_HAS_EXPIRED, Naming::subject, "{}, which the path needs, has expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID, Naming::subject, "{}, which the path needs, is not yet valid"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, Naming::subject, "the signature of {} does not verify"},
    {X509_V_ERR_INVALID_CA, Naming::subject, "{} signed a certificate of the path but is no authority"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, Naming::subject, "the path below {} is longer than it allows"},
    {X509_V_ERR_INVALID_PURPOSE, Naming::subject, "{} may not be used for TLS servers"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, Naming::subject,
     "{} has a critical extension that is not understood"},
    {X509_V_ERR_PERMITTED_VIOLATION, Naming::nobody, "a name lies outside what an issuer may certify"},
    {X509_V_ERR_EXCLUDED_VIOLATION, Naming::nobody, "a name lies in what an issuer must not certify"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, Naming::nobody, "the chain is too long"},
});

std::string reason_of(int error, X509* culprit) {
  const auto* row = std::ranges::find(reasons, error, &ReasonRow::error);
  if (row == reasons.end()) return X509_verify_cert_error_string(error);
  if (row->naming == Naming::nobody) return std::string(row->text);
  std::string name = "a certificate";
  if (culprit != nullptr) {
    name = quoted(row->naming == Naming::issuer ? X509_get_issuer_name(culprit)
                                                : X509_get_subject_name(culprit));
  }
  return fmt::format(fmt::runtime(row->text), name);
}

// When to judge; nothing where the leaf is never valid, so that time cannot count.
std::optional<Instant> judged_at(const model::Certificate& leaf, Instant now) {
  if (leaf.not_before >= leaf.not_after) return std::nullopt;
  // notAfter itself is still valid (RFC 5280 section 4.1.2.5), but the library says otherwise.
  return std::clamp(now, leaf.not_before, leaf.not_after - Seconds(1));
}

TrustResult nobody() { return {false, "no certificate was presented", {}}; }

TrustResult read_result(X509_STORE_CTX* context, bool verified) {
  TrustResult out;
  out.trusted = verified;
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; i < sk_X509_num(chain); ++i) out.path.push_back(fingerprint(sk_X509_value(chain, i)));
  if (!verified) {
    out.reason = reason_of(X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_current_cert(context));
    return out;
  }
  X509* anchor = sk_X509_value(chain, sk_X509_num(chain) - 1);
  out.reason = fmt::format("the path ends in the trusted {}", quoted(X509_get_subject_name(anchor)));
  return out;
}

TrustResult verify_among(X509_STORE* store, const Path& certificates, std::optional<Instant> at) {
  const BorrowedStack others(sk_X509_new_null());
  const ContextHandle context(X509_STORE_CTX_new());
  TrustResult failed;
  failed.reason = "the chain could not be examined";
  if (!others || !context) return failed;
  for (std::size_t i = 1; i < certificates.size(); ++i) sk_X509_push(others.get(), certificates[i]);
  if (X509_STORE_CTX_init(context.get(), store, certificates.front(), others.get()) != 1) return failed;
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_depth(parameters, max_depth);
  X509_VERIFY_PARAM_set_auth_level(parameters, 0);  // weak hashes and keys are judged elsewhere
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST;
  if (at) X509_VERIFY_PARAM_set_time(parameters, at->time_since_epoch().count());
  if (!at) flags |= X509_V_FLAG_NO_CHECK_TIME;
  X509_VERIFY_PARAM_set_flags(parameters, flags);
  return read_result(context.get(), X509_verify_cert(context.get()) == 1);
}

TrustResult search(X509_STORE* store, const Path& presented, std::optional<Instant> at) {
  TrustResult first = verify_among(store, presented, at);
  if (first.trusted || presented.size() < 3) return first;
  for (const Path& path : PathSearch(presented).run()) {
    TrustResult result = verify_among(store, path, at);
    if (result.trusted) return result;
  }
  return first;
}

Result<std::vector<model::Certificate>> load_anchors(const std::string& source) {
  constexpr std::size_t limit = max_keystore_size;
  const std::string file = source == "system" ? std::string(system_roots_file) : source;
  auto text = read_file(file, limit);
  if (!text && source == "system") {
    return with_hint(fail(text.error()), "install the package ca-certificates, or name a file of roots");
  }
  if (!text) return fail(text.error());
  auto store = read_keystore(as_bytes(*text));
  if (!store) return fail_in(file, store.error());
  return std::move(store->certificates);
}

}  // namespace

struct TrustStore::Impl {
  StoreHandle store{X509_STORE_new()};
  std::size_t size = 0;
  std::set<std::string> publicly;

  [[nodiscard]] bool add(const model::Certificate& anchor) {
    const X509Handle x509 = decode_x509(anchor.der);
    if (!store || !x509 || X509_STORE_add_cert(store.get(), x509.get()) != 1) return false;
    ++size;
    return true;
  }
};

TrustStore::TrustStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

std::size_t TrustStore::size() const { return impl_->size; }

Result<TrustStore> TrustStore::from(std::span<const model::Certificate> anchors,
                                    std::set<std::string> publicly) {
  const QuietErrors quiet;
  auto impl = std::make_unique<Impl>();
  impl->publicly = std::move(publicly);
  for (const model::Certificate& anchor : anchors) {
    if (!impl->add(anchor)) {
      return fail(ErrorKind::invalid_input, "'{}' cannot be a trusted root", truncate(anchor.subject, 120));
    }
  }
  return TrustStore(std::move(impl));
}

Result<TrustStore> TrustStore::load(const std::vector<std::string>& sources) {
  std::vector<model::Certificate> anchors;
  for (const std::string& source : sources) {
    auto some = load_anchors(source);
    if (!some) return fail(some.error());
    anchors.insert(anchors.end(), some->begin(), some->end());
  }
  const bool system = std::ranges::find(sources, "system") != sources.end();
  return from(anchors, system ? public_roots() : std::set<std::string>());
}

Bytes TrustStore::issuer_of(ByteView certificate) const {
  const QuietErrors quiet;
  const X509Handle x509 = decode_x509(certificate);
  const ContextHandle context(X509_STORE_CTX_new());
  if (!x509 || !context) return {};
  if (X509_STORE_CTX_init(context.get(), impl_->store.get(), x509.get(), nullptr) != 1) return {};
  X509* found = nullptr;
  if (X509_STORE_CTX_get1_issuer(&found, context.get(), x509.get()) != 1) return {};
  const X509Handle issuer(found);
  EVP_PKEY* key = X509_get0_pubkey(found);
  if (key == nullptr || X509_verify(x509.get(), key) != 1) return {};
  return der_of(found);
}

TrustResult TrustStore::verify(std::span<const model::Certificate> chain, Instant now) const {
  const QuietErrors quiet;
  if (chain.empty()) return nobody();
  std::vector<Decoded> decoded;
  for (const model::Certificate& certificate : chain.first(std::min(chain.size(), max_chain))) {
    decoded.emplace_back(decode_x509(certificate.der));
  }
  return verify(chain.front(), decoded, now);
}

TrustResult TrustStore::verify(const model::Certificate& leaf, std::span<const Decoded> chain,
                               Instant now) const {
  const QuietErrors quiet;
  if (chain.empty()) return nobody();
  if (!chain.front()) {
    return {false, "the certificate breaks the rules of X.509 in a way that clients refuse", {}};
  }
  Path presented;
  for (const Decoded& one : chain.first(std::min(chain.size(), max_chain))) {
    if (one) presented.push_back(one.get());
  }

  TrustResult result = search(impl_->store.get(), presented, judged_at(leaf, now));
  result.publicly = result.trusted && impl_->publicly.contains(result.path.back());
  return result;
}

}  // namespace certherald::codec::x509
