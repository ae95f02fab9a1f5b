#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/thread_pool.hpp>

#include "base/random.hpp"
#include "base/result.hpp"
#include "connector/secret.hpp"
#include "net/awaitable.hpp"
#include "store/store.hpp"

// Secrets that were entered through an interface: sealed in the store by the keys of a key file. A key file
// of "" stands for none. All functions block on the store and on files.
namespace certherald::app {

// Seals the secret with the file's first key and puts it into the store; `name` is one of is_secret_name.
[[nodiscard]] Result<store::Put> put_secret(store::Store& store, const std::string& key_file,
                                            const std::string& name, std::string_view secret, Random& random);

// The secret; wipe it after use. Errors say what to do: `not_found` where there is no such secret or its key
// is lost, `invalid_input` for the key file, `refused` for one that was tampered with, `storage`.
[[nodiscard]] Result<std::string> open_secret(store::Store& store, const std::string& key_file,
                                              const std::string& name);

struct Rotation {
  std::string key_id;  // of the new key
  std::int64_t secrets = 0;
};

// What was just done. After each of them, and between them, every secret opens.
enum class RotationStep : std::uint8_t {
  key_added,    // the new key stands first in the file
  sealed_anew,  // every secret is sealed with it
  old_dropped,  // it is the only one
};

// A new key instead of all that the file holds. A secret that does not open stops it before anything is
// changed. Killed at any moment, it may be run again.
[[nodiscard]] Result<Rotation> rotate_keys(
    store::Store& store, const std::string& key_file, Random& random,
    const std::function<void(RotationStep)>& on_step = [](RotationStep) {});

// For connectors. Both the store and the key file are read at each use, on the store's pool: what another
// process entered or rotated holds at once, and a key that is lost stops only what needs it.
class SealedSecrets final : public connector::StoredSecrets {
 public:
  // `store` and `store_pool` outlive it.
  SealedSecrets(store::Store& store, boost::asio::thread_pool& store_pool, std::string key_file)
      : store_(store), store_pool_(store_pool), key_file_(std::move(key_file)) {}
  [[nodiscard]] net::Task<Result<std::string>> open(std::string name) const override;

 private:
  store::Store& store_;
  boost::asio::thread_pool& store_pool_;
  std::string key_file_;
};

}  // namespace certherald::app
