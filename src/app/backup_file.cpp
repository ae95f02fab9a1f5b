#include "app/backup_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "base/text.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t piece = 262'144;

std::unexpected<Error> failed(const std::string& path, std::string_view what) {
  return with_hint(
      fail(ErrorKind::storage, "{}: {}: {}", single_line(path), what, std::generic_category().message(errno)),
      "check the path, the rights of its folder and the space on its disk");
}

std::string folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

Status refuse_what_is_no_file(const std::string& path) {
  struct stat found{};
  if (path.empty() || path == "-")
    return with_hint(fail(ErrorKind::invalid_input, "a backup is a file, not standard input or output"),
                     "name a file");
  if (::lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode))
    return with_hint(fail(ErrorKind::invalid_input, "{}: it is there and no regular file", single_line(path)),
                     "name another file");
  return {};
}

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

Result<File> open_regular(const std::string& path) {
  File file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    const ErrorKind kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::invalid_input;
    return fail(kind, "{}: cannot be read: {}", single_line(path), std::generic_category().message(errno));
  }
  struct stat found{};
  if (::fstat(::fileno(file.get()), &found) != 0 || !S_ISREG(found.st_mode))
    return fail(ErrorKind::invalid_input, "{}: it is no regular file", single_line(path));
  return file;
}

std::unexpected<Error> in_line(const std::string& path, std::int64_t number, Error error) {
  return fail_in(fmt::format("{}: line {}", single_line(path), number), std::move(error));
}

std::unexpected<Error> cut(const std::string& path, std::int64_t number, std::string_view why) {
  return with_hint(in_line(path, number, {ErrorKind::invalid_input, std::string(why), {}}),
                   "copy it again from where it was made, or take another one");
}

}  // namespace

BackupFile::BackupFile(std::string path, std::string temporary, int fd)
    : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}

BackupFile::BackupFile(BackupFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)),
      waiting_(std::move(other.waiting_)) {}

BackupFile::~BackupFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<BackupFile> BackupFile::create(const std::string& path) {
  if (Status refused = refuse_what_is_no_file(path); !refused) return fail(refused.error());
  std::string temporary = path + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);  // with mode 0600
  if (fd < 0) return failed(path, "cannot be made");
  return BackupFile(path, std::move(temporary), fd);
}

Status BackupFile::line(std::string_view text) {
  waiting_.append(text).push_back('\n');
  return waiting_.size() < piece ? Status() : flush();
}

Status BackupFile::flush() {
  std::string_view text = waiting_;
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd_, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return failed(path_, "cannot be written");
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  waiting_.clear();
  return {};
}

Status BackupFile::commit() {
  if (Status flushed = flush(); !flushed) return flushed;
  if (::fsync(fd_) != 0) return failed(path_, "cannot be written to the disk");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed(path_, "cannot be put in its place");
  temporary_.clear();
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  const auto failure = failed(path_, "its folder cannot be written to the disk");
  if (folder >= 0) ::close(folder);
  if (!synced) return failure;
  return {};
}

Status each_line(const std::string& path, std::size_t longest,
                 const std::function<Status(std::string_view)>& visit) {
  const auto file = open_regular(path);
  if (!file) return fail(file.error());
  std::string chunk(piece, '\0');
  std::string begun;  // a line whose end is still to come
  std::int64_t number = 1;
  for (;;) {
    const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), file->get());
    std::string_view rest(chunk.data(), got);
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      begun.append(rest.substr(0, end));
      rest.remove_prefix(end + 1);
      if (Status visited = visit(begun); !visited) return in_line(path, number, visited.error());
      begun.clear();
      ++number;
    }
    begun.append(rest);
    if (begun.size() > longest) return cut(path, number, "it is too long");
    if (got == chunk.size()) continue;
    if (std::ferror(file->get()) != 0) return failed(path, "cannot be read");
    if (!begun.empty()) return cut(path, number, "the file is cut off here");
    return {};
  }
}

}  // namespace certherald::app
