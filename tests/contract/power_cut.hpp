#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"

// What a disk does to the files of SQLite when the power goes.
namespace certherald::contract {

// One thing that was asked of the disk, about a file named without its folder. The first write or truncation
// makes a file that is not there.
struct DiskCall {
  enum class Kind : std::uint8_t { write, truncate, remove, sync, sync_folder } kind = Kind::write;
  std::string file;
  std::int64_t at = 0;  // write: offset in bytes; truncate: the new size
  Bytes data;           // of a write
};

// While one lives, SQLite opens by a VFS that hands everything on to the one that was the default (of Unix),
// and notes what is asked about the files of one folder. It notes a sync of the folder where SQLite does one,
// not where it might. One at a time, for one thread; whatever was opened meanwhile is closed before it ends.
class DiskRecorder final {
 public:
  explicit DiskRecorder(std::string folder);  // absolute, there already
  ~DiskRecorder();
  DiskRecorder(const DiskRecorder&) = delete;
  DiskRecorder& operator=(const DiskRecorder&) = delete;

  [[nodiscard]] const std::vector<DiskCall>& calls() const { return calls_; }

  // For the VFS: "" for a file that is not noted.
  [[nodiscard]] std::string noted(const char* path) const;
  [[nodiscard]] sqlite3_vfs* real() const { return real_; }
  void note(DiskCall call) { calls_.push_back(std::move(call)); }

 private:
  std::string folder_;
  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  std::vector<DiskCall> calls_;
};

// A disk with a cache: what was not synced may be lost in part and in any order. Bytes and size of a file
// last from the next sync of that file; that there is such a file, or is none any more, from the next sync of
// the folder (POSIX promises no more; usual file systems keep more). A file that was removed and made again
// is another one: without the folder's sync the old one may be back.
class CachedDisk final {
 public:
  // ignored: as synchronous=OFF would; folder_ignored: of the folder alone.
  enum class Syncs : std::uint8_t { kept, folder_ignored, ignored };
  explicit CachedDisk(Syncs syncs) : syncs_(syncs) {}

  void take(const DiskCall& call);

  // Of what is in the cache: nothing, all, or some of it, where a write may be torn between two sectors.
  enum class Cached : std::uint8_t { lost, written, partly };
  // The files as they are found after the power was cut now; into an empty folder.
  void write_remains(const std::string& folder, Cached cached, Random& random) const;

 private:
  struct File {
    Bytes lasting;
    std::vector<DiskCall> cached;
  };
  using Folder = std::map<std::string, std::size_t>;  // name to number of the file
  struct Entry {
    std::string name;
    std::optional<std::size_t> file;  // nothing: removed
  };
  [[nodiscard]] File& file_of(const std::string& name);
  [[nodiscard]] Folder folder_remains(Cached cached, Random& random) const;
  [[nodiscard]] static Bytes remains(const File& file, Cached cached, Random& random);

  Syncs syncs_;
  std::vector<File> files_;  // all that ever were
  Folder folder_;            // as programs see it
  Folder lasting_folder_;
  std::vector<Entry> cached_entries_;  // since then, in order
};

}  // namespace certherald::contract
