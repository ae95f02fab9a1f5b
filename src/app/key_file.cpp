#include "app/key_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "base/wipe.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t largest = std::size_t{16} * 1024;
constexpr mode_t others = S_IRWXG | S_IRWXO;

class Descriptor final {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::unexpected<Error> refused(const std::string& path, std::string_view why, std::string hint) {
  return with_hint(fail(ErrorKind::invalid_input, "the key file {}: {}", single_line(path), why),
                   std::move(hint));
}

std::unexpected<Error> failed(const std::string& path, std::string_view what) {
  const std::string why = std::generic_category().message(errno);
  return refused(path, fmt::format("{}: {}", what, why),
                 "check the path, the rights of its folder and the disk");
}

std::string folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

std::unexpected<Error> not_opened(const std::string& path) {
  if (errno == ENOENT)
    return refused(path, "it is not there",
                   "bring it back; where there never was one: certherald secret keygen --key-file FILE");
  if (errno == ELOOP) return refused(path, "it is a symbolic link", "name the file itself");
  return failed(path, "cannot be read");
}

Status check_guarded(const std::string& path, const struct stat& file) {
  if (!S_ISREG(file.st_mode))
    return refused(path, "it is no regular file", "name a file made by secret keygen");
  if (file.st_uid != ::geteuid() && file.st_uid != 0)
    return refused(path,
                   fmt::format("it belongs to the user {}, who is neither this one nor root", file.st_uid),
                   "chown it to the user that runs certherald, or run as that user");
  if ((file.st_mode & others) != 0)
    return refused(path, fmt::format("its mode is {:04o}: others may touch it", file.st_mode & 07777U),
                   "chmod 600 it, and rotate the key if others may have read it");
  return {};
}

// Opened so that neither a link nor a pipe is followed or waited for; what was opened is what is checked.
Result<std::string> read_guarded(const std::string& path, struct stat& file) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd) return not_opened(path);
  if (::fstat(fd.get(), &file) != 0) return failed(path, "cannot be read");
  if (Status guarded = check_guarded(path, file); !guarded) return fail(guarded.error());
  std::string text(largest + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got == 0) break;
    if (got > 0) size += static_cast<std::size_t>(got);
    if (got < 0 && errno != EINTR) return failed(path, "cannot be read");
  }
  if (size > largest)
    return refused(path, "it is too large for a key file", "name a file made by secret keygen");
  text.resize(size);
  return text;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return false;
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

Status sync_folder(const std::string& path) {
  const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return failed(path, "its folder cannot be written to the disk");
  return {};
}

// What a new file gets from the one that it replaces.
struct Ownership {
  mode_t mode = S_IRUSR | S_IWUSR;
  uid_t user = ::geteuid();
  gid_t group = ::getegid();
};

Status fill(int fd, const std::string& path, std::span<const codec::SealKey> keys,
            const Ownership& ownership) {
  struct stat made{};
  if (::fstat(fd, &made) != 0) return failed(path, "cannot be made");
  const bool foreign = made.st_uid != ownership.user || made.st_gid != ownership.group;
  if (foreign && ::fchown(fd, ownership.user, ownership.group) != 0)
    return failed(path, "cannot be given its owner");
  if (::fchmod(fd, ownership.mode) != 0) return failed(path, "cannot be given its mode");
  std::string text = codec::write_key_lines(keys);
  const WipedAtEnd wiped(text);
  if (!write_all(fd, text) || ::fsync(fd) != 0) return failed(path, "cannot be written");
  return {};
}

// A file that was not there, whole and on the disk, or none.
Status create(const std::string& path, std::span<const codec::SealKey> keys, const Ownership& ownership) {
  const Descriptor fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd && errno == EEXIST)
    return refused(path, "it is there already, and keys are never overwritten",
                   "certherald secret rotate makes a new key in it; or name another file");
  if (!fd) return failed(path, "cannot be made");
  Status filled = fill(fd.get(), path, keys, ownership);
  if (!filled) ::unlink(path.c_str());
  return filled;
}

Result<std::vector<codec::SealKey>> read_keys(const std::string& path, struct stat& file) {
  auto text = read_guarded(path, file);
  if (!text) return fail(text.error());
  const WipedAtEnd wiped(*text);
  auto keys = codec::read_key_lines(*text);
  if (!keys)
    return refused(path, keys.error().message, "bring back the file as secret keygen or rotate wrote it");
  return keys;
}

}  // namespace

Result<std::vector<codec::SealKey>> read_key_file(const std::string& path) {
  struct stat file{};
  return read_keys(path, file);
}

Status make_key_file(const std::string& path, const codec::SealKey& key) {
  if (Status made = create(path, std::span(&key, 1), {}); !made) return made;
  return sync_folder(path);
}

Status replace_key_file(const std::string& path, std::span<const codec::SealKey> keys) {
  struct stat old{};
  // What is no key file is not overwritten.
  if (const auto known = read_keys(path, old); !known) return fail(known.error());
  const std::string fresh = path + ".new";
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) return failed(fresh, "cannot be removed");
  if (Status made = create(fresh, keys, {old.st_mode & 07777U, old.st_uid, old.st_gid}); !made) return made;
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    const auto failure = failed(path, "cannot be replaced");
    ::unlink(fresh.c_str());
    return failure;
  }
  return sync_folder(path);
}

Result<KeyFileLock> KeyFileLock::take(const std::string& path) {
  const int fd = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed(path, "its folder cannot be opened");
  KeyFileLock lock(fd);
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return failed(path, "its folder cannot be locked");
  }
  return lock;
}

KeyFileLock::KeyFileLock(KeyFileLock&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {}

KeyFileLock::~KeyFileLock() {
  if (folder_ >= 0) ::close(folder_);
}

}  // namespace certherald::app
