#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/engine.hpp"

namespace certherald::store {

// Waits for what others commit, on a connection of its own. Used by one thread at a time, beside transactions
// of the store on other threads.
class News {
 public:
  virtual ~News() = default;

  // True as soon as something was committed since the last call, false after `timeout`. What was committed
  // before the first call, or while a connection was lost, is not known: that counts as news.
  [[nodiscard]] virtual Result<bool> wait(Millis timeout) = 0;
};

// SQLite has no bell: looks at intervals whether the file has changed, by whomever and whatever.
[[nodiscard]] std::unique_ptr<News> poll_for_news(std::unique_ptr<Engine> engine);

}  // namespace certherald::store
