#include "app/stored_secrets.hpp"

#include "app/key_file.hpp"
#include "base/text.hpp"
#include "base/wipe.hpp"
#include "codec/sealed_box.hpp"
#include "net/blocking.hpp"

namespace certherald::app {
namespace {

using codec::SealKey;
using store::SecretRow;

std::string enter_anew(const std::string& name) {
  return fmt::format("certherald secret set {}", single_line(name));
}

std::unexpected<Error> missing(const std::string& name) {
  return with_hint(fail(ErrorKind::not_found, "there is no stored secret {}", single_line(name)),
                   "enter it: " + enter_anew(name));
}

Result<std::vector<SealKey>> keys_for(const SecretRow& row, const std::string& key_file) {
  if (key_file.empty()) {
    return with_hint(
        fail(ErrorKind::not_found, "the secret {} was sealed with the key {}, and no key file was given",
             single_line(row.name), single_line(row.key_id)),
        "name it with --key-file FILE or in $CERTHERALD_KEY_FILE; where it is lost, enter the secret anew: " +
            enter_anew(row.name));
  }
  auto keys = read_key_file(key_file);
  if (keys) return keys;
  return fail_in(
      fmt::format("the secret {} needs the key {}", single_line(row.name), single_line(row.key_id)),
      keys.error());
}

Result<std::string> unseal(const SecretRow& row, const std::string& installation,
                           std::span<const SealKey> keys) {
  return codec::unseal({row.key_id, row.ciphertext}, {installation, row.name}, keys);
}

Status put_sealed(store::Session& session, const std::string& installation, const std::string& name,
                  std::string_view secret, const SealKey& key, Random& random, store::Put& put) {
  codec::Sealed sealed = codec::seal(secret, {installation, name}, key, random);
  const auto done = session.put_secret({name, std::move(sealed.text), std::move(sealed.key_id), {}, {}});
  if (!done) return fail(done.error());
  put = *done;
  return {};
}

// Every secret, opened by any of `keys` and sealed by `key`; returns how many.
Result<std::int64_t> seal_anew(store::Session& session, const std::string& installation,
                               std::span<const SealKey> keys, const SealKey& key, Random& random) {
  std::vector<std::string> names;
  const Status listed = session.each_secret([&](const SecretRow& row) -> Status {
    names.push_back(row.name);
    return {};
  });
  if (!listed) return fail(listed.error());
  for (const std::string& name : names) {
    const auto row = session.secret(name);
    if (!row) return fail(row.error());
    if (!*row) continue;
    auto secret = unseal(**row, installation, keys);
    if (!secret) return fail(secret.error());
    const WipedAtEnd wiped(*secret);
    store::Put put{};
    if (Status done = put_sealed(session, installation, name, *secret, key, random, put); !done)
      return fail(done.error());
  }
  return static_cast<std::int64_t>(names.size());
}

}  // namespace

Result<store::Put> put_secret(store::Store& store, const std::string& key_file, const std::string& name,
                              std::string_view secret, Random& random) {
  const auto lock = KeyFileLock::take(key_file);
  if (!lock) return fail(lock.error());
  const auto keys = read_key_file(key_file);
  if (!keys) return fail(keys.error());
  store::Put put{};
  const Status done = store.write([&](store::Session& session) {
    return put_sealed(session, store.installation(), name, secret, keys->front(), random, put);
  });
  if (!done) return fail(done.error());
  return put;
}

Result<std::string> open_secret(store::Store& store, const std::string& key_file, const std::string& name) {
  // A rotation may end between the two reads: what its last key sealed is then opened by the second try.
  constexpr int tries = 2;
  Result<std::string> opened = missing(name);
  for (int i = 0; i < tries; ++i) {
    const auto row = store.read([&](store::Session& session) { return session.secret(name); });
    if (!row) return fail(row.error());
    if (!*row) return missing(name);
    const auto keys = keys_for(**row, key_file);
    if (!keys) return fail(keys.error());
    opened = unseal(**row, store.installation(), *keys);
    if (opened || opened.error().kind != ErrorKind::not_found) break;
  }
  if (!opened && opened.error().kind == ErrorKind::not_found)
    return fail_in("the key file " + single_line(key_file), opened.error());
  return opened;
}

Result<Rotation> rotate_keys(store::Store& store, const std::string& key_file, Random& random,
                             const std::function<void(RotationStep)>& on_step) {
  const auto lock = KeyFileLock::take(key_file);
  if (!lock) return fail(lock.error());
  auto keys = read_key_file(key_file);
  if (!keys) return fail(keys.error());
  const SealKey fresh = SealKey::make(random);
  keys->insert(keys->begin(), fresh);
  const auto work = [&](store::Session& session) {
    return seal_anew(session, store.installation(), *keys, fresh, random);
  };
  if (const auto possible = store.rehearse(work); !possible) return fail(possible.error());

  if (Status added = replace_key_file(key_file, *keys); !added) return fail(added.error());
  on_step(RotationStep::key_added);
  const auto sealed = store.write(work);
  if (!sealed) return fail(sealed.error());
  on_step(RotationStep::sealed_anew);
  if (Status dropped = replace_key_file(key_file, std::span(&fresh, 1)); !dropped)
    return fail(dropped.error());
  on_step(RotationStep::old_dropped);
  return Rotation{fresh.id(), *sealed};
}

net::Task<Result<std::string>> SealedSecrets::open(std::string name) const {
  const auto read = [this, &name] { return open_secret(store_, key_file_, name); };
  co_return co_await net::on_pool(store_pool_, read);
}

}  // namespace certherald::app
