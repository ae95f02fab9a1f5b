#include "codec/x509/public_roots.hpp"

#include <filesystem>

#include "base/file.hpp"
#include "codec/digest.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/pem.hpp"

namespace certherald::codec::x509 {

std::set<std::string> public_roots(const std::string& folder) {
  std::set<std::string> out;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto text = read_file(at->path().string(), max_certificate_size);
    const auto blocks = text ? pem_blocks(*text) : Result<std::vector<PemBlock>>();
    if (!text || !blocks) continue;
    for (const PemBlock& block : *blocks) {
      if (const auto der = decode_pem(block)) out.insert(sha256_hex(*der));
    }
  }
  return out;
}

}  // namespace certherald::codec::x509
