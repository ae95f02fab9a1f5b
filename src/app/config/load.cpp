#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <iterator>
#include <system_error>

#include "app/config/parse.hpp"
#include "base/file.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/pem.hpp"
#include "connector/secret.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t largest = 64U << 20U;

constexpr std::size_t largest_pem = 1U << 20U;

bool is_key(const codec::x509::PemBlock& block) { return block.label.ends_with("PRIVATE KEY"); }

bool is_certificate(const codec::x509::PemBlock& block) {
  if (block.label != "CERTIFICATE") return false;
  const auto der = codec::x509::decode_pem(block);
  return der && codec::x509::parse_certificate(*der);
}

std::string probe_file(const std::string& path, FileKind kind) {
  if (::access(path.c_str(), R_OK) != 0) return std::generic_category().message(errno);
  if (kind == FileKind::any) return {};
  if (kind == FileKind::secret) {
    const auto secret = connector::secret_from_file(path);
    return secret ? std::string() : secret.error().message;
  }
  const auto text = read_file(path, largest_pem);
  if (!text) return text.error().message;
  const auto blocks = codec::x509::pem_blocks(*text);
  if (!blocks) return blocks.error().message;
  const bool key = kind == FileKind::key;
  if (std::ranges::any_of(*blocks, key ? is_key : is_certificate)) return {};
  return key ? "it holds no private key in PEM" : "it holds no certificate in PEM";
}

}  // namespace

ParsedConfiguration load_configuration(const std::string& path) {
  const auto text = read_file(path == "-" ? "/dev/stdin" : path, largest);
  if (text) return parse_configuration(*text, path == "-" ? "standard input" : path, probe_file);
  return std::unexpected(
      std::vector<ConfigurationProblem>{{path, 0, text.error().message, text.error().hint}});
}

}  // namespace certherald::app
