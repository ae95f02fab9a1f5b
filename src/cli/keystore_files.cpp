#include "cli/keystore_files.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "app/endpoint_csv.hpp"
#include "base/bytes.hpp"
#include "base/file.hpp"
#include "codec/keystore.hpp"

namespace certherald::cli {
namespace {

constexpr unsigned most_threads = 4;

Result<ImportFile> decode_certificates(const std::string& file, std::string_view content,
                                       std::optional<std::string_view> passphrase) {
  auto keystore = codec::read_keystore(as_bytes(content), passphrase);
  if (keystore) return ImportFile{std::move(keystore->certificates), {}};
  Error error = keystore.error();
  if (error.kind == ErrorKind::refused && !passphrase)
    error.hint = "name the file that holds it with --passphrase-file";
  error.kind = ErrorKind::invalid_input;
  return fail_in(file, error);
}

Result<ImportFile> decode(const std::string& file, std::optional<std::string_view> passphrase) {
  const auto content = read_file(file, codec::max_keystore_size);
  if (!content) {
    Error error = content.error();
    if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::invalid_input;
    return fail(error);
  }
  if (!app::is_endpoint_csv(*content)) return decode_certificates(file, *content, passphrase);
  auto endpoints = app::read_endpoint_csv(*content);
  if (!endpoints) return fail_in(file, endpoints.error());
  return ImportFile{{}, std::move(*endpoints)};
}

}  // namespace

KeystoreFiles::KeystoreFiles(std::vector<std::string> files, std::optional<std::string> passphrase)
    : files_(std::move(files)), passphrase_(std::move(passphrase)) {
  const std::size_t cores = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
  for (std::size_t i = 0; i < std::min(cores, files_.size()); ++i) {
    threads_.emplace_back([this] { decode_ahead(); });
  }
}

KeystoreFiles::~KeystoreFiles() {
  const std::scoped_lock lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

std::optional<Result<ImportFile>> KeystoreFiles::next() {
  std::unique_lock lock(mutex_);
  if (taken_ == files_.size()) return std::nullopt;
  changed_.wait(lock, [this] { return !decoded_.empty() && decoded_.front(); });
  std::optional<Decoded> out = std::move(decoded_.front());
  decoded_.pop_front();
  ++taken_;
  if (out && *out) ahead_ -= (*out)->certificates.size();
  changed_.notify_all();
  return out;
}

void KeystoreFiles::decode_ahead() {
  const std::optional<std::string_view> passphrase = passphrase_;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return over_ || ahead_ < most_ahead; });
    const std::size_t mine = taken_ + decoded_.size();
    if (over_ || mine == files_.size()) return;
    decoded_.emplace_back();
    lock.unlock();
    Decoded result = decode(files_[mine], passphrase);
    lock.lock();
    // Not taken before it is there: its place is where it was.
    if (result) ahead_ += result->certificates.size();
    decoded_[mine - taken_] = std::move(result);
    changed_.notify_all();
  }
}

}  // namespace certherald::cli
