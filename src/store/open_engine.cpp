#include "store/open_engine.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/text.hpp"
#include "store/postgresql_engine.hpp"
#include "store/sqlite_engine.hpp"

namespace certherald::store {
namespace {

constexpr std::string_view sqlite_prefix = "sqlite:";
constexpr std::string_view file_name = "certherald.db";

Result<std::string> folder_of(std::string_view location) {
  if (location.starts_with(sqlite_prefix)) location.remove_prefix(sqlite_prefix.size());
  if (location.empty()) return fail(ErrorKind::invalid_input, "the store has no folder");
  if (location.find("://") != std::string_view::npos) {
    return with_hint(fail(ErrorKind::invalid_input, "{}: the store is SQLite or PostgreSQL",
                          single_line(location.substr(0, location.find(':')))),
                     "name a folder (--data DIR), or --database postgresql://USER@HOST/DATABASE");
  }
  return std::string(location);
}

Status make_folder(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path path(folder);
  if (std::filesystem::is_directory(path, error)) return {};
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (!error && ::mkdir(folder.c_str(), 0700) != 0) {
    error = {errno, std::generic_category()};
    if (std::filesystem::is_directory(path)) return {};  // somebody else made it meanwhile
  }
  if (error) {
    return with_hint(fail(ErrorKind::storage, "{}: cannot be made: {}", single_line(folder), error.message()),
                     "check the path and the rights of the folder above, or name another with --data");
  }
  return {};
}

Result<std::unique_ptr<Engine>> open_folder(const StoreOptions& options) {
  const Result<std::string> folder = folder_of(options.location);
  if (!folder) return fail(folder.error());
  const std::string file = (std::filesystem::path(*folder) / file_name).string();
  if (options.migrate == Migrate::yes) {
    if (auto made = make_folder(*folder); !made) return fail(made.error());
  } else if (!std::filesystem::exists(file)) {
    return with_hint(fail(ErrorKind::storage, "{}: there is no store", single_line(*folder)),
                     "certherald migrate makes one, as does every command that writes");
  }
  return open_sqlite(file, options.busy_timeout);
}

}  // namespace

Result<std::unique_ptr<Engine>> open_engine(const StoreOptions& options) {
  if (!is_postgresql(options.location)) return open_folder(options);
  const auto target = parse_postgresql(options.location);
  if (!target) return fail(target.error());
  return open_postgresql(*target, options.busy_timeout);
}

}  // namespace certherald::store
