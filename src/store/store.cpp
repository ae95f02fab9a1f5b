#include "store/store.hpp"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include <sys/stat.h>

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "store/doctor.hpp"
#include "store/engine.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_engine.hpp"

namespace certherald::store {
namespace {

constexpr std::string_view sqlite_prefix = "sqlite:";
constexpr std::string_view file_name = "certherald.db";

// Every call of the outbox as a transaction of its own.
class OutboxTransactions final : public outbox::Repository {
 public:
  explicit OutboxTransactions(Store& store) : store_(store) {}

  Result<model::Delivery> add(const model::Delivery& delivery) override {
    return store_.write([&](Session& session) { return session.add(delivery); });
  }
  Result<std::vector<outbox::Claimed>> claim(const std::string& connection, const std::string& worker,
                                             Instant now, Seconds lease, std::size_t limit) override {
    return store_.write(
        [&](Session& session) { return session.claim(connection, worker, now, lease, limit); });
  }
  Status save(const outbox::Claimed& claimed, const std::optional<model::Ticket>& ticket,
              Hold hold) override {
    return store_.write([&](Session& session) { return session.save(claimed, ticket, hold); });
  }
  Result<std::vector<std::string>> connections_with_work() override {
    return store_.read([&](Session& session) { return session.connections_with_work(); });
  }
  Result<std::optional<Instant>> next_due(const std::vector<std::string>& connections) override {
    return store_.read([&](Session& session) { return session.next_due(connections); });
  }

 private:
  Store& store_;
};

Result<std::string> folder_of(std::string_view location) {
  if (location.starts_with(sqlite_prefix)) location.remove_prefix(sqlite_prefix.size());
  if (location.empty()) return fail(ErrorKind::invalid_input, "the store has no folder");
  const std::size_t scheme = location.find("://");
  if (scheme != std::string_view::npos || location.starts_with("postgresql:") ||
      location.starts_with("postgres:")) {
    return with_hint(fail(ErrorKind::invalid_input, "{}: this version keeps its store in SQLite only",
                          single_line(location.substr(0, location.find(':')))),
                     "name a folder: --data DIR, or --database sqlite:DIR");
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

// What a new store holds beside its schema.
Status fill(Session& session) {
  for (const model::Policy& policy : model::default_policies()) {
    if (auto put = session.put(policy, ""); !put) return fail(put.error());
  }
  const std::array<model::Schedule, 2> schedules = {
      {{"default expiry notification", model::TaskKind::expiry_notification,
        "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0", "UTC", true},
       {"default vulnerability scan", model::TaskKind::vulnerability_scan,
        "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0;BYSECOND=0", "UTC", true}}};
  for (const model::Schedule& schedule : schedules) {
    if (auto put = session.put(schedule, ""); !put) return fail(put.error());
  }
  return {};
}

}  // namespace

struct Store::Parts {
  Parts(std::unique_ptr<Engine> e, std::string file, const Clock& c)
      : engine(std::move(e)), path(std::move(file)), clock(c) {}

  // "" where the store is new.
  [[nodiscard]] Result<std::string> known_installation() {
    return engine->guard([&]() -> Result<std::string> {
      return first_value<std::string>(*engine, "SELECT uuid FROM installation WHERE id = 1").value_or("");
    });
  }

  // Two processes may both find the store new: the second takes what the first wrote.
  [[nodiscard]] Result<std::string> install(Session& session, const std::string& fresh) {
    auto known = known_installation();
    if (!known || !known->empty()) return known;
    return engine->guard([&]() -> Result<std::string> {
      execute(*engine, "INSERT INTO installation (id, uuid, created_at) VALUES (1, :uuid, :created_at)",
              fresh, clock.now());
      if (auto filled = fill(session); !filled) return fail(filled.error());
      return fresh;
    });
  }

  // The schema as the program needs it, or why not.
  [[nodiscard]] Status ready_schema(Store& store, Migrate migrate) const {
    const Result<int> version = store.schema_version();
    if (!version) return fail_in(single_line(path), version.error());
    if (*version == newest_schema()) return {};
    if (*version > newest_schema()) {
      return with_hint(
          fail(ErrorKind::storage, "{}: made by a newer certherald (schema {}, this one knows {})",
               single_line(path), *version, newest_schema()),
          "run the newer version, or restore the backup taken before the upgrade");
    }
    if (migrate == Migrate::no) {
      return with_hint(fail(ErrorKind::storage, "{}: schema {} is older than the program's {}",
                            single_line(path), *version, newest_schema()),
                       "run certherald migrate");
    }
    if (auto migrated = store.migrate(); !migrated) return fail(migrated.error());
    return {};
  }

  std::unique_ptr<Engine> engine;
  std::string path;
  const Clock& clock;
  std::string installation;
  std::mutex mutex;
  std::atomic<std::thread::id> holder;
  std::unique_ptr<OutboxTransactions> outbox;
};

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  parts_->outbox = std::make_unique<OutboxTransactions>(*this);
}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options, const Clock& clock, Random& random) {
  const Result<std::string> folder = folder_of(options.location);
  if (!folder) return fail(folder.error());
  const std::string file = (std::filesystem::path(*folder) / file_name).string();
  if (options.migrate == Migrate::yes) {
    if (auto made = make_folder(*folder); !made) return fail(made.error());
  } else if (!std::filesystem::exists(file)) {
    return with_hint(fail(ErrorKind::storage, "{}: there is no store", single_line(*folder)),
                     "certherald migrate makes one, as does every command that writes");
  }
  auto engine = open_sqlite(file, options.busy_timeout);
  if (!engine) return fail(engine.error());
  std::unique_ptr<Store> store(new Store(std::make_unique<Parts>(std::move(*engine), file, clock)));
  Parts& parts = *store->parts_;

  if (auto ready = parts.ready_schema(*store, options.migrate); !ready) return fail(ready.error());
  auto installation = store->read([&](Session& /*session*/) { return parts.known_installation(); });
  if (installation && installation->empty()) {
    const std::string fresh = make_uuid(random);
    installation = store->write([&](Session& session) { return parts.install(session, fresh); });
  }
  if (!installation) return fail(installation.error());
  parts.installation = *installation;
  return store;
}

outbox::Repository& Store::outbox() { return *parts_->outbox; }
const std::string& Store::installation() const { return parts_->installation; }
const std::string& Store::path() const { return parts_->path; }

int Store::newest_schema() { return sqlite_migrations().back().version; }

Result<int> Store::schema_version() {
  return read([&](Session& /*session*/) { return schema_of(*parts_->engine); });
}

Result<int> Store::migrate() {
  return write([&](Session& /*session*/) {
    return take_steps(*parts_->engine, sqlite_migrations(), parts_->clock.now());
  });
}

Result<std::vector<HealthCheck>> Store::doctor() {
  return read([&](Session& /*session*/) {
    return examine_sqlite(*parts_->engine, parts_->path, parts_->clock.now(), newest_schema());
  });
}

Status Store::transact(Mode mode, const std::function<Status(Session&)>& work) {
  if (parts_->holder.load() == std::this_thread::get_id()) {
    return fail(ErrorKind::internal, "a transaction of the store was begun inside another");
  }
  const std::scoped_lock lock(parts_->mutex);
  // Rolls back unless told otherwise, whatever way `work` is left.
  struct Transaction {
    Parts& parts;
    bool open = false;
    ~Transaction() {
      if (open) parts.engine->rollback();
      parts.holder.store({});
    }
  } transaction{*parts_};
  parts_->holder.store(std::this_thread::get_id());

  Engine& engine = *parts_->engine;
  if (auto begun = engine.begin(mode == Mode::read ? Engine::Access::read : Engine::Access::write); !begun)
    return begun;
  transaction.open = true;
  Session session(engine, parts_->clock);
  if (auto worked = work(session); !worked) return worked;
  if (const auto& spoiled = engine.failure()) return fail(*spoiled);
  if (mode == Mode::rehearse) return {};
  transaction.open = false;
  return engine.commit();
}

}  // namespace certherald::store
