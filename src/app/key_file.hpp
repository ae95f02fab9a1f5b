#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "codec/sealed_box.hpp"

// The file that holds the keys of stored secrets, for one store. Its first key seals, all of them open, so
// that a rotation may end at any moment. Errors are `invalid_input` with the mend, and name the file but
// never a key.
namespace certherald::app {

// Refused: absent, a symbolic link or anything else that is no regular file, one that others than its owner
// may touch, that belongs to neither us nor root, or that is malformed.
[[nodiscard]] Result<std::vector<codec::SealKey>> read_key_file(const std::string& path);

// A new file with mode 0600, on the disk when this returns. One that is there is never touched.
[[nodiscard]] Status make_key_file(const std::string& path, const codec::SealKey& key);

// These keys instead of those in the file, with its mode and owner: at any moment, and after a power cut, the
// file holds either. Hold the lock.
[[nodiscard]] Status replace_key_file(const std::string& path, std::span<const codec::SealKey> keys);

// Held by whoever seals secrets or changes the file: two rotations, or an entry in the midst of one, would
// lose keys. It is a lock of the file's folder, since the file itself is replaced. Waits for whoever holds
// it.
class KeyFileLock final {
 public:
  [[nodiscard]] static Result<KeyFileLock> take(const std::string& path);
  KeyFileLock(KeyFileLock&& other) noexcept;
  KeyFileLock& operator=(KeyFileLock&&) = delete;
  ~KeyFileLock();

 private:
  explicit KeyFileLock(int folder) : folder_(folder) {}
  int folder_;
};

}  // namespace certherald::app
