#pragma once

#include <functional>
#include <memory>

#include "net/awaitable.hpp"

namespace certherald::net {

// What a library that owns its sockets (c-ares, libcurl) wants to hear about one of them.
struct Interest {
  bool read = false;
  bool write = false;

  friend bool operator==(const Interest&, const Interest&) = default;
};

// Tells such a library when its sockets are ready. The file descriptors stay the library's. One executor.
class FdWatcher final {
 public:
  // Called from the executor, never from within watch(); an error on the socket counts as ready.
  using OnReady = std::function<void(int fd, Interest ready)>;

  FdWatcher(Executor executor, OnReady on_ready);
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;
  ~FdWatcher();

  // Replaces what is wanted of `fd`. Where it is nothing, `fd` is let go of and may be closed.
  void watch(int fd, Interest wanted);
  // Lets go of everything; OnReady is never called again.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace certherald::net
