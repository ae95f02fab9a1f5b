#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"

namespace certherald::net {

// Port: names to addresses.
class Resolver {
 public:
  virtual ~Resolver() = default;

  // Every A and AAAA address in canonical text (RFC 5952 for IPv6), each once, IPv4 first, each family in
  // order. An address, not in brackets, stands for itself. Errors:
  //   invalid_input  not a name in ASCII (A-labels) of at most 253 characters
  //   not_found      no such name, or it has no address
  //   timed_out      no name server answered
  //   unreachable    there is no name server, or it failed
  //   cancelled
  virtual Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline) = 0;
};

// c-ares, with /etc/hosts before DNS. Each query has a channel of its own, so that it can be cancelled alone
// and sees the resolv.conf of its time. Calls may overlap.
class CaresResolver final : public Resolver {
 public:
  struct Options {
    std::string servers;      // "192.0.2.1:53,[2001:db8::1]:53"; "": those of /etc/resolv.conf
    Millis first_try{2'000};  // how long a server is waited for at first; longer in later tries
    int tries = 3;
  };

  CaresResolver();
  explicit CaresResolver(Options options);
  Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline) override;

 private:
  Options options_;
};

// Fixed answers, for tests. A name that is in neither map is not found.
class StaticResolver final : public Resolver {
 public:
  std::map<std::string, std::vector<std::string>> addresses;
  std::map<std::string, Error> failures;
  Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline) override;
};

}  // namespace certherald::net
