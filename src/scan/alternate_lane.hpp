#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scan/lane.hpp"

namespace certherald::scan {

// Asks for the certificates that an address has beside the one it presented: with an ECDSA and an RSA key,
// and without a server name. A suite below TLS 1.3 says which key it needs, so that only what the server is
// known to accept is asked for; in TLS 1.3 the signature algorithms say it. A refusal is an answer, and so
// is silence twice: there is none.
class AlternateLane final : public Lane {
 public:
  explicit AlternateLane(ScanState& state) : state_(state) {}

  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

 private:
  struct Question {
    std::string way;
    codec::tls::HelloSpec hello;
  };

  void prepare();
  void ask_by_suites(codec::tls::Authentication key, std::string way);
  void ask_by_signatures(std::vector<std::uint16_t> signatures, std::string way);
  [[nodiscard]] bool is_new(const std::vector<Bytes>& chain) const;

  ScanState& state_;
  bool prepared_ = false;
  bool failed_once_ = false;
  bool all_answered_ = true;
  std::vector<Question> questions_;
  std::size_t at_ = 0;
};

}  // namespace certherald::scan
