#pragma once

#include <cstddef>
#include <memory>

#include "net/awaitable.hpp"

namespace certherald::net {

// The home of every task that runs beside its maker: spawn, cancel, join. Declared last in its owner, and
// joined before it is destroyed: a Scope that dies while tasks run ends the program, since those tasks would
// go on with what their owner has destroyed. (Not where its io_context was stopped: nothing runs then.)
// One executor, no locks.
class Scope final {
 public:
  explicit Scope(Executor executor);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

  // Starts a task. After cancel() it is dropped without being started. A task that leaves with an exception
  // (a bug) cancels the others, so that whoever joins learns of it.
  void spawn(Task<void> task);

  // Asks every task to stop, now and once for all.
  void cancel();

  // Waits for all tasks, those included that are spawned meanwhile. Where the caller is cancelled, so are the
  // tasks, and it still waits for them. Rethrows the first exception that a task left with.
  Task<void> join();

  [[nodiscard]] std::size_t running() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace certherald::net
