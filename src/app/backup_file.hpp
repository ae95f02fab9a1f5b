#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace certherald::app {

// A file of mode 0600 that takes its place only when it is whole; until then it stands beside it under a name
// of its own, and is removed with this object. Errors are `storage`, of a path that cannot be one
// `invalid_input`.
class BackupFile final {
 public:
  // What stands at `path` must be a regular file, if anything.
  [[nodiscard]] static Result<BackupFile> create(const std::string& path);
  BackupFile(BackupFile&& other) noexcept;
  BackupFile& operator=(BackupFile&&) = delete;
  BackupFile(const BackupFile&) = delete;
  BackupFile& operator=(const BackupFile&) = delete;
  ~BackupFile();

  [[nodiscard]] Status line(std::string_view text);
  [[nodiscard]] Status commit();  // on the disk and in its place

 private:
  BackupFile(std::string path, std::string temporary, int fd);
  [[nodiscard]] Status flush();

  std::string path_;
  std::string temporary_;  // "" once it is in its place
  int fd_ = -1;
  std::string waiting_;
};

// Every line of a regular file without its end, until `visit` returns an error, which gets path and line in
// front. `invalid_input` for a last line without an end or a line longer than `longest`; `not_found`.
[[nodiscard]] Status each_line(const std::string& path, std::size_t longest,
                               const std::function<Status(std::string_view)>& visit);

}  // namespace certherald::app
