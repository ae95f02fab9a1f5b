#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "inventory/repository.hpp"
#include "notification/repository.hpp"
#include "outbox/repository.hpp"
#include "policy/repository.hpp"
#include "store/backup_tables.hpp"
#include "store/rows.hpp"

namespace certherald::store {

class Engine;

// What putting a configured thing did.
enum class Put : std::uint8_t { created, updated, unchanged };

// Called for each row of a list, in its order; an error ends the list and is returned from it.
template <class Row>
using Visitor = std::function<Status(const Row&)>;

struct CertificateFilter {
  std::optional<Instant> ending_by;  // not_after at or before this
  enum class Use : std::uint8_t { any, in_use } use = Use::any;
};

struct FindingFilter {
  enum class Which : std::uint8_t { all, unresolved } which = Which::all;
};

struct DeliveryFilter {
  enum class Which : std::uint8_t {
    all,
    unfinished
  } which = Which::all;  // unfinished: neither done nor dropped
  model::RunId run;      // only those that this run decided; not stored: of any run
};

// What retention may take. Runs last: one that a notice still names stays.
enum class Aged : std::uint8_t { observations, deliveries, runs };

// One transaction of a Store, and all that can be done inside it. Lives for the call that it is passed to and
// is used on that thread only. Errors: `storage` for the database and the disk, after which every further
// call fails alike and nothing is committed; `conflict` and `not_found` where a method says so, which leave
// the transaction usable.
class Session final : public inventory::Repository,
                      public policy::Repository,
                      public notification::Repository,
                      public outbox::Repository {
 public:
  // `engine` outlives the session.
  Session(Engine& engine, const Clock& clock) : engine_(engine), clock_(clock) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() override = default;

  // inventory::Repository. Retired endpoints are not in any of them. `apply` is `not_found` for an endpoint
  // that the inventory does not have. `ending_within` and `in_use_...` leave
  // Certificate::der empty.
  [[nodiscard]] Result<std::vector<model::Endpoint>> endpoints() override;
  [[nodiscard]] Result<std::vector<model::Endpoint>> not_seen_since(Instant since) override;
  [[nodiscard]] Result<inventory::KnownAddress> known_address(const model::EndpointKey& endpoint,
                                                              const std::string& address) override;
  [[nodiscard]] Status apply(const model::Observation& observation,
                             const inventory::Changes& changes) override;
  [[nodiscard]] Result<std::int64_t> import_certificates(std::span<const model::Certificate> certificates,
                                                         Instant now) override;
  [[nodiscard]] Result<std::vector<inventory::CertificateInUse>> ending_within(
      const inventory::Horizon& horizon) override;
  // Those that there are by fingerprint, Certificate::der empty; owners of the endpoints that have one; the
  // leaf of the latest observation of each place that has one: fingerprints by endpoint and address. Each a
  // few statements however many are asked for.
  [[nodiscard]] Result<std::map<std::string, model::Certificate>> certificates(
      const std::vector<std::string>& sha256);
  [[nodiscard]] Result<std::map<model::EndpointKey, std::string>> owners_of(
      const std::set<model::EndpointKey>& endpoints);
  [[nodiscard]] Result<std::map<std::pair<model::EndpointKey, std::string>, std::string>> latest_leaves(
      const std::set<model::EndpointKey>& endpoints);
  [[nodiscard]] Result<std::vector<inventory::CertificateInUse>> in_use_alike(inventory::Alike what) override;
  [[nodiscard]] Result<std::vector<inventory::CertificateInUse>> in_use_with_keys(
      const std::vector<std::string>& spki_sha256) override;
  [[nodiscard]] Result<std::vector<inventory::RsaCertificate>> rsa_certificates(std::int64_t after,
                                                                                std::size_t limit) override;
  [[nodiscard]] Result<std::optional<inventory::CertificateInUse>> certificate(
      const std::string& sha256) override;
  [[nodiscard]] Result<std::vector<model::Observation>> latest_observations(
      const model::EndpointKey& endpoint) override;

  // policy::Repository. `save` is `not_found` for a place whose endpoint the inventory does not have, or for
  // an id that is not there; `conflict` for a second finding of the same check and subject.
  [[nodiscard]] Result<std::vector<model::Finding>> findings_touched(
      const model::EndpointKey& endpoint, const std::string& address,
      const std::vector<model::Subject>& subjects) override;
  [[nodiscard]] Result<std::vector<model::Finding>> findings_of(
      const std::string& check, const std::vector<model::Subject>& subjects) override;
  [[nodiscard]] Result<std::vector<model::Finding>> unresolved_findings() override;
  [[nodiscard]] Result<model::Finding> save(const model::Finding& finding) override;
  // As save for each, in a few statements however many there are, of which no two are the same finding: the
  // ids in their order.
  [[nodiscard]] Result<std::vector<model::FindingId>> save_all(std::span<const model::Finding> findings);

  // notification::Repository.
  [[nodiscard]] Result<std::vector<notification::Told>> told() override;
  [[nodiscard]] Result<model::Notice> add(const model::Notice& notice) override;

  // As add for each, in a few statements: with ids, in their order. A conflict may leave others written.
  [[nodiscard]] Result<std::vector<model::Notice>> add_all(std::vector<model::Notice> notices);
  [[nodiscard]] Status add_all(std::span<const model::Delivery> deliveries);

  // outbox::Repository, inside this transaction; Store::outbox() makes each a transaction of its own.
  // A ticket that does not name its finding gets the one of the delivery's notice.
  [[nodiscard]] Result<model::Delivery> add(const model::Delivery& delivery) override;
  [[nodiscard]] Result<std::vector<outbox::Claimed>> claim(const std::string& connection,
                                                           const std::string& worker, Instant now,
                                                           Seconds lease, std::size_t limit) override;
  [[nodiscard]] Status save(const outbox::Claimed& claimed, const std::optional<model::Ticket>& ticket,
                            Hold hold) override;
  [[nodiscard]] Result<std::vector<std::string>> connections_with_work() override;
  [[nodiscard]] Result<std::optional<Instant>> next_due(const std::vector<std::string>& connections) override;
  [[nodiscard]] Result<bool> is_held(const std::string& connection) override;
  [[nodiscard]] Result<std::vector<outbox::OpenKey>> open_keys(const std::string& connection) override;
  [[nodiscard]] Status save_found(const model::Ticket& ticket) override;
  [[nodiscard]] Status release(const std::string& connection) override;

  // A parked delivery is tried again from now, looked up before anything is sent; `not_found` where it is not
  // parked. One that is not final and that nobody holds under a lease is given up for good, `not_found` else.
  [[nodiscard]] Status retry_parked(model::DeliveryId id);
  [[nodiscard]] Status drop_delivery(model::DeliveryId id);

  // Configuration. `set` names the apply set that the row belongs to from now on, "" for none. Putting an
  // endpoint that was removed brings it back. Removing says whether it was there; a removed endpoint is
  // retired: its history stays, its certificates are no longer in use through it.
  [[nodiscard]] Result<Put> put(const model::Endpoint& endpoint,
                                const std::string& set);  // its id is ignored
  [[nodiscard]] Result<Put> put(const model::Policy& policy, const std::string& set);
  [[nodiscard]] Result<Put> put(const model::Connection& connection, const std::string& set);
  // A schedule is effective from now where it is new, says other instants or another task, or is enabled
  // again.
  [[nodiscard]] Result<Put> put(const model::Schedule& schedule, const std::string& set);
  [[nodiscard]] Result<bool> remove_endpoint(const model::EndpointKey& key);
  [[nodiscard]] Result<bool> remove_policy(const std::string& name);
  [[nodiscard]] Result<bool> remove_connection(const std::string& name);
  [[nodiscard]] Result<bool> remove_schedule(const std::string& name);
  [[nodiscard]] Result<Put> put(const model::Discovery& discovery, const std::string& set);
  [[nodiscard]] Result<bool> remove_discovery(const std::string& name);  // what it found stays

  [[nodiscard]] Result<std::vector<PolicyRow>> policies();         // by name
  [[nodiscard]] Result<std::vector<ConnectionRow>> connections();  // by name
  [[nodiscard]] Result<std::vector<ScheduleRow>> schedules();      // by name
  [[nodiscard]] Result<std::vector<DiscoveryRow>> discoveries();   // by name

  // Blocks of settings as their owner writes them (JSON); nothing where never set.
  [[nodiscard]] Result<std::optional<std::string>> setting(const std::string& name);
  [[nodiscard]] Result<Put> set_setting(const std::string& name, const std::string& value);

  // Secrets, sealed by the caller. Putting one sets its time of update to now, and that of its creation where
  // it is new; those of the row are ignored. `each_secret` is by name and leaves ciphertexts out.
  [[nodiscard]] Result<Put> put_secret(const SecretRow& secret);
  [[nodiscard]] Result<std::optional<SecretRow>> secret(const std::string& name);
  [[nodiscard]] Status each_secret(const Visitor<SecretRow>& visit);
  [[nodiscard]] Result<bool> remove_secret(const std::string& name);  // whether it was there

  // Whether the inventory has what was found at `place`: an endpoint of that host, port and protocol,
  // whatever SNI it asks for, or one of that port and protocol that is fixed to the address or was last seen
  // there.
  [[nodiscard]] Result<bool> has_endpoint_at(const model::EndpointKey& place);

  // Lists. Rows come one at a time and are never held together; the visitor may use the same Session.
  [[nodiscard]] Status each_endpoint(const Visitor<EndpointRow>& visit);  // by host and port
  // Scans that began then or later, the latest of each address only; by host and port.
  [[nodiscard]] Status each_failed_scan(Instant since, const Visitor<FailedScan>& visit);
  [[nodiscard]] Status each_certificate(const CertificateFilter& filter,
                                        const Visitor<CertificateRow>& visit);  // by not_after
  [[nodiscard]] Status each_finding(const FindingFilter& filter, const Visitor<FindingRow>& visit);  // by id
  [[nodiscard]] Status each_ticket(const Visitor<TicketRow>& visit);                                 // by id
  [[nodiscard]] Status each_delivery(const DeliveryFilter& filter,
                                     const Visitor<DeliveryRow>& visit);  // by id
  [[nodiscard]] Status each_run(const Visitor<model::Run>& visit);        // latest first
  [[nodiscard]] Result<std::optional<model::Finding>> finding(model::FindingId id);

  [[nodiscard]] Result<Overview> overview();

  // Runs. Each is carried by one process under a lease, and all that is written through a claim that was lost
  // is a `conflict`. `begin_run` is one too, with a message that names the other, where a run of the same
  // task is under way or where the schedule's run for that instant was made before. `take_over_run`: the
  // lease of whoever carried it has ended; it goes on at its stage. `end_run` writes outcome and end and
  // forgets what was to be scanned; `release_run` lets another process take it over at once.
  [[nodiscard]] Result<RunClaim> begin_run(const model::Run& run, const std::string& worker, Seconds lease);
  [[nodiscard]] Result<RunClaim> take_over_run(model::RunId id, const std::string& worker, Seconds lease);
  [[nodiscard]] Status save_run(const RunClaim& claim);  // stage, message and counts
  [[nodiscard]] Status end_run(const RunClaim& claim);
  [[nodiscard]] Status release_run(const RunClaim& claim);
  // A run that nobody carries ends as failed, for this reason.
  [[nodiscard]] Status abandon_run(model::RunId id, const std::string& why);
  [[nodiscard]] Result<std::vector<UnfinishedRun>> unfinished_runs();  // by id
  // Planned instants of the newest runs that the schedule made, newest first.
  [[nodiscard]] Result<std::vector<Instant>> planned_runs(const std::string& schedule, std::size_t limit);

  // What a run scans. Adding passes over endpoints that are in it already and returns how many were new. Any
  // process claims some of it, of one run or (not stored) of any; `finish_scan` is a `conflict` where another
  // took it over meanwhile.
  [[nodiscard]] Result<std::int64_t> add_scan_work(model::RunId run, model::Tier tier,
                                                   std::span<const model::EndpointKey> endpoints);
  // Every endpoint, or those that no scan has reached since.
  [[nodiscard]] Result<std::int64_t> add_scan_work(model::RunId run, model::Tier tier,
                                                   std::optional<Instant> not_seen_since);
  [[nodiscard]] Result<std::vector<ScanWork>> claim_scan_work(model::RunId run, const std::string& worker,
                                                              Seconds lease, std::size_t limit);
  // How many it could claim, counted up to `most`.
  [[nodiscard]] Result<std::size_t> free_scan_work(model::RunId run, std::size_t most);
  [[nodiscard]] Status finish_scan(const ScanWork& work, std::int64_t scanned, std::int64_t unreachable);
  [[nodiscard]] Result<ScanProgress> scan_progress(model::RunId run);

  // Leases of runs and scan work. `keep_leases` prolongs all that the worker holds. `lease_holders` are those
  // of deliveries too; `end_leases` gives back all of a worker that has surely died: deliveries that it was
  // sending are settled by look-up, as ever.
  [[nodiscard]] Status keep_leases(const std::string& worker, Seconds lease);
  [[nodiscard]] Result<std::vector<std::string>> lease_holders();
  [[nodiscard]] Status end_leases(const std::string& worker);

  // Backups. `installation` is that of the store now, which a restore may have changed since it was opened.
  // `visit` gets each row of a table as a JSON array of its columns, in the order of its primary key.
  [[nodiscard]] Result<std::string> installation();
  [[nodiscard]] Status each_backup_row(const BackupTable& table,
                                       const std::function<Status(const std::string&)>& visit);
  // A restore is these three in one transaction. `begin_restore` is a `conflict` for a store that holds more
  // than a new one does; it takes that away. `restore_rows` takes a JSON array of rows as each_backup_row
  // gave them, table after table. `end_restore` ends leases and runs that were under way, and holds the
  // deliveries to every connection; a `fresh` installation ("": that of the backup) has told nothing yet:
  // nothing is held.
  [[nodiscard]] Status begin_restore();
  [[nodiscard]] Status restore_rows(const BackupTable& table, const std::string& rows);
  [[nodiscard]] Status end_restore(const std::string& fresh);
  [[nodiscard]] Result<std::vector<std::string>> held_connections();  // by name

  // Removes up to `limit` rows of a kind that are older; returns how many, so that 0 means done. What belongs
  // to a finding that is not resolved or to a ticket that is open stays.
  [[nodiscard]] Result<std::int64_t> delete_batch(Aged kind, Instant older_than, std::size_t limit);

 private:
  Engine& engine_;
  const Clock& clock_;
};

}  // namespace certherald::store
