#include "net/fd_watcher.hpp"

#include <map>
#include <tuple>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace certherald::net {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

struct Watched {
  Watched(const Executor& executor, int fd) : descriptor(executor) {
    boost::system::error_code ignored;  // a descriptor that cannot be watched ends at its caller's deadline
    std::ignore = descriptor.assign(fd, ignored);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() { let_go(); }

  // The library owns the descriptor and may close it after this.
  void let_go() {
    wanted = {};
    if (descriptor.is_open()) descriptor.release();
  }

  Descriptor descriptor;
  Interest wanted;
  Interest waiting;  // a wait is under way
};

}  // namespace

struct FdWatcher::State : std::enable_shared_from_this<State> {
  State(Executor on, OnReady callback) : executor(std::move(on)), on_ready(std::move(callback)) {}

  Executor executor;
  OnReady on_ready;
  std::map<int, std::shared_ptr<Watched>> watched;

  void arm(int fd, const std::shared_ptr<Watched>& item) {
    if (item->wanted.read) wait(fd, item, Descriptor::wait_read, &Interest::read);
    if (item->wanted.write) wait(fd, item, Descriptor::wait_write, &Interest::write);
  }

  void wait(int fd, const std::shared_ptr<Watched>& item, Descriptor::wait_type kind, bool Interest::* side) {
    if (std::exchange(item->waiting.*side, true)) return;
    item->descriptor.async_wait(
        kind, [weak = weak_from_this(), fd, item, side](const boost::system::error_code& error) {
          item->waiting.*side = false;
          const auto self = weak.lock();
          if (!self || error == asio::error::operation_aborted || !(item->wanted.*side)) return;
          Interest ready;
          ready.*side = true;
          self->on_ready(fd, ready);
          if (item->descriptor.is_open()) self->arm(fd, item);
        });
  }
};

FdWatcher::FdWatcher(Executor executor, OnReady on_ready)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_ready))) {}

FdWatcher::~FdWatcher() { stop(); }

void FdWatcher::watch(int fd, Interest wanted) {
  auto& item = state_->watched[fd];
  if (wanted == Interest{}) {
    if (item) item->let_go();
    state_->watched.erase(fd);
    return;
  }
  if (!item) item = std::make_shared<Watched>(state_->executor, fd);
  item->wanted = wanted;
  state_->arm(fd, item);
}

void FdWatcher::stop() {
  for (auto& [fd, item] : state_->watched) item->let_go();
  state_->watched.clear();
}

}  // namespace certherald::net
