#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "model/certificate.hpp"
#include "model/endpoint.hpp"

namespace certherald::cli {

// What one file holds: certificates, or endpoints where it is a list of them.
struct ImportFile {
  std::vector<model::Certificate> certificates;
  std::optional<std::vector<model::Endpoint>> endpoints;
};

// Decodes files of certificates and lists of endpoints (app::read_endpoint_csv) ahead of whoever takes them,
// on threads of its own, one for each core up to four: decoding one costs as much as writing it.
class KeystoreFiles final {
 public:
  // Threads begin no further file while so many decoded certificates wait to be taken.
  static constexpr std::size_t most_ahead = 20'000;

  // `passphrase` is for PKCS#12 and JKS files. A file of every kind that codec::read_keystore reads, or CSV.
  KeystoreFiles(std::vector<std::string> files, std::optional<std::string> passphrase);
  KeystoreFiles(const KeystoreFiles&) = delete;
  KeystoreFiles& operator=(const KeystoreFiles&) = delete;
  ~KeystoreFiles();  // waits for the files that are being decoded

  // What the next file in the order given holds; waits for it. Nothing after the last. Errors:
  // `invalid_input` for a file that is not there or not read, naming it.
  [[nodiscard]] std::optional<Result<ImportFile>> next();

 private:
  using Decoded = Result<ImportFile>;

  void decode_ahead();

  const std::vector<std::string> files_;
  const std::optional<std::string> passphrase_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::optional<Decoded>> decoded_;  // of the files from taken_ on that were begun
  std::size_t taken_ = 0;
  std::size_t ahead_ = 0;  // certificates in decoded_
  bool over_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace certherald::cli
