#include "power_cut.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace certherald::contract {
namespace {

constexpr std::int64_t sector = 512;  // what a disk writes whole or not at all

// What SQLite takes for its file; the file of the real VFS follows in the same piece of memory.
struct NotedFile {
  sqlite3_file base;
  DiskRecorder* recorder;
  std::string* name;  // owned; "" where it is not noted
};

NotedFile& noted(sqlite3_file* file) { return *reinterpret_cast<NotedFile*>(file); }
sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<NotedFile*>(file) + 1);
}

// Before it is done: what SQLite does to the folder on the way comes after.
void note(sqlite3_file* file, DiskCall::Kind kind, std::int64_t at, ByteView data = {}) {
  const NotedFile& mine = noted(file);
  if (!mine.name->empty()) mine.recorder->note({kind, *mine.name, at, Bytes(data.begin(), data.end())});
}

int close(sqlite3_file* file) {
  const int code = real(file)->pMethods == nullptr ? SQLITE_OK : real(file)->pMethods->xClose(real(file));
  delete noted(file).name;
  noted(file).name = nullptr;
  return code;
}
int read(sqlite3_file* file, void* into, int amount, sqlite3_int64 at) {
  return real(file)->pMethods->xRead(real(file), into, amount, at);
}
int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 at) {
  note(file, DiskCall::Kind::write, at,
       {static_cast<const std::uint8_t*>(from), static_cast<std::size_t>(amount)});
  return real(file)->pMethods->xWrite(real(file), from, amount, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  note(file, DiskCall::Kind::truncate, size);
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) {
  note(file, DiskCall::Kind::sync, 0);
  return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int kind) { return real(file)->pMethods->xLock(real(file), kind); }
int unlock(sqlite3_file* file, int kind) { return real(file)->pMethods->xUnlock(real(file), kind); }
int check_reserved(sqlite3_file* file, int* out) {
  return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
int control(sqlite3_file* file, int what, void* with) {
  return real(file)->pMethods->xFileControl(real(file), what, with);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

// Version 2: shared memory, which does not outlive a power cut, but no mapping of the file itself, whose
// writes would go unseen.
const sqlite3_io_methods methods = {.iVersion = 2,
                                    .xClose = close,
                                    .xRead = read,
                                    .xWrite = write,
                                    .xTruncate = truncate,
                                    .xSync = sync,
                                    .xFileSize = file_size,
                                    .xLock = lock,
                                    .xUnlock = unlock,
                                    .xCheckReservedLock = check_reserved,
                                    .xFileControl = control,
                                    .xSectorSize = sector_size,
                                    .xDeviceCharacteristics = characteristics,
                                    .xShmMap = shm_map,
                                    .xShmLock = shm_lock,
                                    .xShmBarrier = shm_barrier,
                                    .xShmUnmap = shm_unmap,
                                    .xFetch = nullptr,
                                    .xUnfetch = nullptr};

DiskRecorder& recorder_of(sqlite3_vfs* vfs) { return *static_cast<DiskRecorder*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* out_flags) {
  DiskRecorder& recorder = recorder_of(vfs);
  NotedFile& mine = noted(file);
  mine.base.pMethods = nullptr;
  const int code = recorder.real()->xOpen(recorder.real(), path, real(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  mine = {{&methods}, &recorder, new std::string(recorder.noted(path))};
  return code;
}

int remove_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  DiskRecorder& recorder = recorder_of(vfs);
  const std::string name = recorder.noted(path);
  if (!name.empty()) recorder.note({DiskCall::Kind::remove, name, 0, {}});
  return recorder.real()->xDelete(recorder.real(), path, sync_folder);
}

// SQLite opens a folder in order to sync it, and for nothing else.
constexpr const char* opens_folder = "openDirectory";
using OpenFolder = int (*)(const char* of_file, int* fd);
DiskRecorder* recording = nullptr;  // the hook has no place for it
OpenFolder real_open_folder = nullptr;

int open_folder(const char* of_file, int* fd) {
  if (!recording->noted(of_file).empty()) recording->note({DiskCall::Kind::sync_folder, "", 0, {}});
  return real_open_folder(of_file, fd);
}

// Carries out one write or truncation, or of a write only those sectors that `lands` says.
template <class Lands>
void carry_out(const DiskCall& call, Bytes& file, Lands lands) {
  if (call.kind == DiskCall::Kind::truncate) return file.resize(static_cast<std::size_t>(call.at));
  const std::int64_t end = call.at + static_cast<std::int64_t>(call.data.size());
  for (std::int64_t from = call.at; from < end;) {
    const std::int64_t to = std::min(end, (from / sector + 1) * sector);
    if (lands()) {
      if (static_cast<std::int64_t>(file.size()) < to) file.resize(static_cast<std::size_t>(to));
      std::copy(call.data.begin() + (from - call.at), call.data.begin() + (to - call.at),
                file.begin() + from);
    }
    from = to;
  }
}

constexpr auto all_sectors = [] { return true; };

}  // namespace

// The methods that are not replaced come from the real VFS and ask nothing of its own data.
DiskRecorder::DiskRecorder(std::string folder)
    : folder_(std::move(folder) + "/"), real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.zName = "certherald-recorder";
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(NotedFile)) + real_->szOsFile;
  vfs_.xOpen = open_file;
  vfs_.xDelete = remove_file;
  real_open_folder = reinterpret_cast<OpenFolder>(real_->xGetSystemCall(real_, opens_folder));
  recording = this;
  if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK ||
      real_->xSetSystemCall(real_, opens_folder, reinterpret_cast<sqlite3_syscall_ptr>(open_folder)) !=
          SQLITE_OK) {
    throw std::runtime_error("the VFS is refused");
  }
}

DiskRecorder::~DiskRecorder() {
  real_->xSetSystemCall(real_, opens_folder, nullptr);  // the one it came with
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

std::string DiskRecorder::noted(const char* path) const {
  const std::string_view text = path == nullptr ? "" : path;
  return std::string(text.starts_with(folder_) ? text.substr(folder_.size()) : "");
}

CachedDisk::File& CachedDisk::file_of(const std::string& name) {
  const auto [at, made] = folder_.try_emplace(name, files_.size());
  if (made) {
    files_.emplace_back();
    cached_entries_.push_back({name, at->second});
  }
  return files_[at->second];
}

void CachedDisk::take(const DiskCall& call) {
  using Kind = DiskCall::Kind;
  switch (call.kind) {
    case Kind::write:
    case Kind::truncate:
      return file_of(call.file).cached.push_back(call);
    case Kind::remove:
      if (folder_.erase(call.file) > 0) cached_entries_.push_back({call.file, std::nullopt});
      return;
    case Kind::sync: {
      if (syncs_ == Syncs::ignored || !folder_.contains(call.file)) return;
      File& file = file_of(call.file);
      for (const DiskCall& each : file.cached) carry_out(each, file.lasting, all_sectors);
      return file.cached.clear();
    }
    case Kind::sync_folder:
      if (syncs_ != Syncs::kept) return;
      lasting_folder_ = folder_;
      return cached_entries_.clear();
  }
}

CachedDisk::Folder CachedDisk::folder_remains(Cached cached, Random& random) const {
  Folder out = lasting_folder_;
  if (cached == Cached::lost) return out;
  for (const auto& [name, file] : cached_entries_) {
    if (cached == Cached::partly && random.below(2) == 0) continue;
    if (file)
      out.insert_or_assign(name, *file);
    else
      out.erase(name);
  }
  return out;
}

Bytes CachedDisk::remains(const File& file, Cached cached, Random& random) {
  Bytes out = file.lasting;
  if (cached == Cached::lost) return out;
  for (const DiskCall& call : file.cached) {
    const std::uint64_t luck = cached == Cached::written ? 0 : random.below(4);  // 0, 1: whole; 2: torn
    if (luck < 2) carry_out(call, out, all_sectors);
    if (luck == 2 && call.kind == DiskCall::Kind::write) {
      carry_out(call, out, [&] { return random.below(2) == 0; });
    }
  }
  return out;
}

void CachedDisk::write_remains(const std::string& folder, Cached cached, Random& random) const {
  for (const auto& [name, file] : folder_remains(cached, random)) {
    const Bytes content = remains(files_[file], cached, random);
    std::ofstream out(folder + "/" + name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) throw std::runtime_error(name + " cannot be written");
  }
}

}  // namespace certherald::contract
