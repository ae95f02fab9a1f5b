#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/certificate.hpp"
#include "model/check.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "model/discovery.hpp"
#include "model/endpoint.hpp"
#include "model/finding.hpp"
#include "model/observation.hpp"
#include "model/policy.hpp"
#include "model/run.hpp"

namespace certherald::store {

// Rows as lists show them: a model value and what stands beside it in the store.
// `managed_by` is the set of the apply file that made the row, "" for rows that no apply made.

struct EndpointRow {
  model::Endpoint endpoint;
  std::string managed_by;
  std::optional<Instant> last_seen;              // last scan that reached it
  std::optional<model::ScanStatus> last_status;  // of the latest observation of any address
  std::string last_error;                        // and why it was not scanned; "" where it was
  std::string leaf_sha256;                       // certificate served at the latest; "" where none is known
  std::string leaf_common_name;                  // of that one, as people name it
  std::optional<Instant> leaf_not_after;

  friend bool operator==(const EndpointRow&, const EndpointRow&) = default;
};

// An address, or a name that has none, whose latest scan reached no TLS server.
struct FailedScan {
  model::EndpointKey endpoint;
  std::string address;  // "" where the name did not resolve
  model::ScanStatus status = model::ScanStatus::unreachable;
  std::string error;  // one line

  friend bool operator==(const FailedScan&, const FailedScan&) = default;
};

struct CertificateRow {
  model::Certificate certificate;  // without `der`
  bool imported = false;
  bool in_use = false;           // served now, or imported and never served
  std::int64_t deployments = 0;  // current ones
  std::string place;             // display name of the first of their endpoints; "" where there is none

  friend bool operator==(const CertificateRow&, const CertificateRow&) = default;
};

struct FindingRow {
  model::Finding finding;
  std::string name;  // of its subject, as people name it: common name, or the endpoint's display name

  friend bool operator==(const FindingRow&, const FindingRow&) = default;
};

struct TicketRow {
  model::Ticket ticket;
  std::string check;         // of its finding; "" where the finding is not known
  std::string subject_text;  // of its finding
  std::int64_t episode = 0;
  std::int64_t period = 0;

  friend bool operator==(const TicketRow&, const TicketRow&) = default;
};

struct DeliveryRow {
  model::Delivery delivery;
  std::string check;   // of its finding
  model::RunId run;    // that decided it; not stored where retention took it
  std::string worker;  // that holds its lease; "" for nobody
  std::optional<Instant> leased_until;

  friend bool operator==(const DeliveryRow&, const DeliveryRow&) = default;
};

struct PolicyRow {
  model::Policy policy;
  std::string managed_by;

  friend bool operator==(const PolicyRow&, const PolicyRow&) = default;
};

struct ConnectionRow {
  model::Connection connection;
  std::string managed_by;

  friend bool operator==(const ConnectionRow&, const ConnectionRow&) = default;
};

struct ScheduleRow {
  model::Schedule schedule;
  std::string managed_by;
  Instant created_at{};      // anchors a rule that has no dtstart
  Instant effective_from{};  // since when it is as it is now: what its rule says before was never planned

  friend bool operator==(const ScheduleRow&, const ScheduleRow&) = default;
};

struct DiscoveryRow {
  model::Discovery discovery;
  std::string managed_by;

  friend bool operator==(const DiscoveryRow&, const DiscoveryRow&) = default;
};

// A secret that was entered through an interface, as the key file's keys sealed it.
struct SecretRow {
  std::string name;
  std::string ciphertext;  // hex
  std::string key_id;      // of the key that opens it
  Instant created_at{};
  Instant updated_at{};

  friend bool operator==(const SecretRow&, const SecretRow&) = default;
};

// A run that this process carries. Whoever lets the lease end may lose it to another, whose epoch is higher:
// from then on nothing is written through this claim (`conflict`).
struct RunClaim {
  model::Run run;
  std::string worker;
  std::int64_t epoch = 0;

  friend bool operator==(const RunClaim&, const RunClaim&) = default;
};

struct UnfinishedRun {
  model::Run run;
  std::string worker;
  Instant leased_until{};  // in the past where whoever carried it died

  friend bool operator==(const UnfinishedRun&, const UnfinishedRun&) = default;
};

// What is known of one address before it is scanned: a look that says otherwise is not believed at once.
struct KnownPlace {
  std::string address;
  std::vector<std::string> leaves;       // fingerprints of the certificates that it serves, sorted
  std::vector<std::string> open_checks;  // with a finding there that is not resolved, sorted

  friend bool operator==(const KnownPlace&, const KnownPlace&) = default;
};

// One endpoint that a run has to scan, claimed by one process.
struct ScanWork {
  std::int64_t id = 0;
  model::RunId run;
  model::EndpointKey endpoint;
  model::Tier tier = model::Tier::full;
  std::string worker;
  std::int64_t epoch = 0;
  std::vector<KnownPlace> known{};  // by address

  friend bool operator==(const ScanWork&, const ScanWork&) = default;
};

// Of all that a run put up to be scanned.
struct ScanProgress {
  std::int64_t endpoints = 0;
  std::int64_t open = 0;         // endpoints not yet done
  std::int64_t scanned = 0;      // addresses that answered
  std::int64_t unreachable = 0;  // addresses or names that did not

  friend bool operator==(const ScanProgress&, const ScanProgress&) = default;
};

// What there is, counted.
struct Overview {
  struct Deliveries {
    std::string connection;
    model::DeliveryState state = model::DeliveryState::pending;
    std::int64_t count = 0;
    Instant oldest{};  // creation

    friend bool operator==(const Deliveries&, const Deliveries&) = default;
  };

  std::int64_t endpoints = 0;
  std::int64_t certificates = 0;
  std::optional<Instant> next_expiry;                // soonest end of a certificate that is served
  std::map<model::Severity, std::int64_t> findings;  // open ones
  std::vector<Deliveries> deliveries;                // those that are not final
  std::map<model::TaskKind, Instant> last_success;

  friend bool operator==(const Overview&, const Overview&) = default;
};

}  // namespace certherald::store
