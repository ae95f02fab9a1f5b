#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"

namespace certherald::net {

// Port: names to addresses.
class Resolver {
 public:
  virtual ~Resolver() = default;

  // Every A and AAAA address in canonical text, each once, in the resolver's order. An address stands for
  // itself. not_found: no such name or no address; timed_out; unreachable: no name server answered.
  virtual Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline) = 0;
};

// c-ares, with /etc/hosts. Each query runs on a small pool with state of its own, so a name server that
// never answers holds up nobody else and a query can be left behind at its deadline.
class CaresResolver final : public Resolver {
 public:
  explicit CaresResolver(std::size_t threads = 8);
  ~CaresResolver() override;
  Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline) override;

 private:
  boost::asio::thread_pool pool_;
};

// Fixed answers, for tests.
class StaticResolver final : public Resolver {
 public:
  std::map<std::string, std::vector<std::string>> addresses;
  Task<Result<std::vector<std::string>>> resolve(std::string host, Deadline deadline) override;
};

}  // namespace certherald::net
