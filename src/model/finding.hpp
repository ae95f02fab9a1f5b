#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/check.hpp"
#include "model/endpoint.hpp"
#include "model/ids.hpp"
#include "model/verdict.hpp"

namespace certherald::model {

// What a finding is about: a certificate (by fingerprint) or an endpoint (by key).
struct Subject {
  SubjectKind kind = SubjectKind::endpoint;
  std::string text;  // "cert:<sha256>" or "endpoint:...": unique, never a database id

  friend auto operator<=>(const Subject&, const Subject&) = default;
};

enum class FindingStatus : std::uint8_t { open, resolved, accepted };

// Where a finding was seen: one address of one endpoint, and what its last scan said.
struct FindingPlace {
  EndpointKey endpoint;
  std::string address;
  Verdict last_verdict = Verdict::affected;
  Instant last_affected{};             // last time it was seen affected
  std::optional<Instant> good_since;   // first of an unbroken row of scans that saw it good
  bool verified_good = false;          // seen good once more, verify_after or longer after good_since
  std::optional<Instant> relapsed_at;  // last time it was seen affected after it had been seen good
  std::string reason;                  // of the last result
  Evidence evidence;                   // of the last affected result

  friend bool operator==(const FindingPlace&, const FindingPlace&) = default;
};

// A problem that exists: one check, one subject.
struct Finding {
  FindingId id;
  std::string check;
  Subject subject;
  Severity severity = Severity::medium;
  FindingStatus status = FindingStatus::open;
  std::int64_t episode = 1;  // grows when a resolved problem comes back
  Instant first_seen{};
  Instant last_seen{};
  std::optional<Instant> resolved_at;
  std::optional<Instant> accepted_until;  // set where status is accepted
  std::vector<FindingPlace> places;       // sorted by endpoint and address; empty for imported certificates

  friend bool operator==(const Finding&, const Finding&) = default;
};

[[nodiscard]] std::string_view to_string(FindingStatus status);
[[nodiscard]] std::optional<FindingStatus> finding_status_from(std::string_view text);

// A finding that some place still shows; one that every place was last seen without is on its way out
// and nobody is told about it any more. A finding without places stands on the certificate alone.
[[nodiscard]] bool is_showing(const Finding& finding);

}  // namespace certherald::model
