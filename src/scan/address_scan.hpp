#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "model/observation.hpp"
#include "scan/certificate_cache.hpp"
#include "scan/facts.hpp"
#include "scan/lane.hpp"
#include "scan/opening.hpp"

namespace certherald::scan {

// The plan of one address, without any I/O: lanes come in rounds, and those of one round may run side by
// side.
//   AddressScan scan(...);
//   for (auto round = scan.next_round(); !round.empty(); round = scan.next_round()) run every lane to its end
//   scan.fill(observation, certificates); scan.facts()
// Tier `inventory` is the opening alone, where it takes one more the certificate, and where they are asked
// for the address's other certificates. One thread, no locks.
class AddressScan {
 public:
  // `random` outlives this. `quiet`: as long a pause after a probe is an answer too. `alternates`: tier
  // `inventory` asks for other certificates too, as the others do anyway.
  AddressScan(std::string server_name, model::Tier tier, Random& random, Millis quiet = Millis(500),
              bool alternates = false);

  [[nodiscard]] std::vector<Lane*> next_round();

  // HTTP may be what is spoken behind TLS, and this is its host: a name or an address, with the port where
  // that is not 443.
  void expect_http(std::string host) { state_.http_host = std::move(host); }

  // Nothing more is asked: lanes end, and what they did not settle stays unknown.
  void stop(std::string why);

  // Status, error, versions, groups and chain of what was learnt. Certificates that cannot be read are left
  // out.
  void fill(model::Observation& observation, CertificateCache& certificates) const;

  // An odd thing outside of the answers to hellos: see Facts::faults.
  void note(std::string fault) { note_fault(state_.facts, std::move(fault)); }

  [[nodiscard]] const Facts& facts() const { return state_.facts; }

 private:
  [[nodiscard]] std::vector<std::unique_ptr<Lane>> lanes_of(int round);
  void explain_missing_chain();

  ScanState state_;
  OpeningLane opening_;
  CertificateLane certificate_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  int round_ = 0;
  bool alternates_;
};

}  // namespace certherald::scan
