#include "store/store.hpp"

#include <atomic>
#include <mutex>
#include <thread>

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "store/engine.hpp"
#include "store/migrations.hpp"
#include "store/new_store.hpp"
#include "store/news.hpp"
#include "store/open_engine.hpp"

namespace certherald::store {
namespace {

// Every call of the outbox as a transaction of its own.
class OutboxTransactions final : public outbox::Repository {
 public:
  explicit OutboxTransactions(Store& store) : store_(store) {}

  Result<model::Delivery> add(const model::Delivery& delivery) override {
    return store_.write([&](Session& session) { return session.add(delivery); });
  }
  Result<std::vector<outbox::Claimed>> claim(const std::string& connection, const std::string& worker,
                                             Instant now, Seconds lease, std::size_t limit) override {
    return store_.write_shared(
        [&](Session& session) { return session.claim(connection, worker, now, lease, limit); });
  }
  Status save(const outbox::Claimed& claimed, const std::optional<model::Ticket>& ticket,
              Hold hold) override {
    return store_.write_shared([&](Session& session) { return session.save(claimed, ticket, hold); });
  }
  Result<std::vector<std::string>> connections_with_work() override {
    return store_.read([&](Session& session) { return session.connections_with_work(); });
  }
  Result<std::optional<Instant>> next_due(const std::vector<std::string>& connections) override {
    return store_.read([&](Session& session) { return session.next_due(connections); });
  }
  Result<bool> is_held(const std::string& connection) override {
    return store_.read([&](Session& session) { return session.is_held(connection); });
  }
  Result<std::vector<outbox::OpenKey>> open_keys(const std::string& connection) override {
    return store_.read([&](Session& session) { return session.open_keys(connection); });
  }
  Status save_found(const model::Ticket& ticket) override {
    return store_.write_shared([&](Session& session) { return session.save_found(ticket); });
  }
  Status release(const std::string& connection) override {
    return store_.write_shared([&](Session& session) { return session.release(connection); });
  }

 private:
  Store& store_;
};

}  // namespace

struct Store::Parts {
  Parts(std::unique_ptr<Engine> e, const Clock& c) : engine(std::move(e)), clock(c) {}

  static Engine::Access access_of(Mode mode) {
    switch (mode) {
      case Mode::read:
        return Engine::Access::read;
      case Mode::write:
      case Mode::rehearse:
        return Engine::Access::write;
      case Mode::write_shared:
        return Engine::Access::shared_write;
    }
    return Engine::Access::write;
  }

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
      if (auto filled = fill_new_store(session); !filled) return fail(filled.error());
      return fresh;
    });
  }

  // The schema as the program needs it, or why not.
  [[nodiscard]] Status ready_schema(Store& store, Migrate migrate) const {
    const std::string path = single_line(engine->name());
    const Result<int> version = store.schema_version();
    if (!version) return fail_in(path, version.error());
    if (*version == newest_schema()) return {};
    if (*version > newest_schema()) {
      return with_hint(
          fail(ErrorKind::storage, "{}: made by a newer certherald (schema {}, this one knows {})", path,
               *version, newest_schema()),
          "run the newer version, or restore the backup taken before the upgrade");
    }
    if (migrate == Migrate::no) {
      return with_hint(fail(ErrorKind::storage, "{}: schema {} is older than the program's {}", path,
                            *version, newest_schema()),
                       "run certherald migrate");
    }
    if (auto migrated = store.migrate(); !migrated) return fail(migrated.error());
    return {};
  }

  std::unique_ptr<Engine> engine;
  const Clock& clock;
  std::string installation;
  std::mutex mutex;
  std::atomic<std::thread::id> holder;
  std::unique_ptr<OutboxTransactions> outbox;
  std::unique_ptr<News> news;  // of the thread that waits for it
};

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  parts_->outbox = std::make_unique<OutboxTransactions>(*this);
}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options, const Clock& clock, Random& random) {
  auto engine = open_engine(options);
  if (!engine) return fail(engine.error());
  std::unique_ptr<Store> store(new Store(std::make_unique<Parts>(std::move(*engine), clock)));
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
const std::string& Store::path() const { return parts_->engine->name(); }

int Store::newest_schema() { return sqlite_migrations().back().version; }

Result<int> Store::schema_version() {
  return read([&](Session& /*session*/) { return schema_of(*parts_->engine); });
}

Result<int> Store::migrate() {
  return write([&](Session& /*session*/) { return take_steps(*parts_->engine, parts_->clock.now()); });
}

Result<std::vector<HealthCheck>> Store::doctor() {
  return read([&](Session& /*session*/) { return parts_->engine->examine(parts_->clock.now()); });
}

Result<bool> Store::wait_for_news(Millis timeout) {
  if (!parts_->news) {
    auto news = parts_->engine->listen();
    if (!news) return fail(news.error());
    parts_->news = std::move(*news);
  }
  return parts_->news->wait(timeout);
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
  if (auto begun = engine.begin(Parts::access_of(mode)); !begun) return begun;
  transaction.open = true;
  Session session(engine, parts_->clock);
  if (auto worked = work(session); !worked) return worked;
  if (const auto& spoiled = engine.failure()) return fail(*spoiled);
  if (mode == Mode::rehearse) return {};
  transaction.open = false;
  return engine.commit();
}

}  // namespace certherald::store
