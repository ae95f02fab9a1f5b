#pragma once

// For tests only: the double of both ticketing systems (tests/support/desk) as a process of its own.

#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>
#include <boost/json/value.hpp>

namespace certherald::connector::test {

// Runs from construction to destruction. Throws std::runtime_error, with what the double said, where it does
// not start: its packages are part of the set-up of tests.
class Desk final {
 public:
  Desk();
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  [[nodiscard]] std::string url(std::string_view system) const;  // "sdp" or "snow"

  // The control API, see the double's README.md. Throws where it refuses.
  boost::json::value control(std::string_view method, std::string_view path, std::string body = {}) const;
  void reset() const { control("POST", "reset"); }
  void profile(std::string tables) const { control("POST", "profile", std::move(tables)); }
  void act(std::string_view system, std::string_view ticket, std::string action) const;

 private:
  std::string folder_;
  pid_t process_ = -1;
  std::string port_;
};

}  // namespace certherald::connector::test
