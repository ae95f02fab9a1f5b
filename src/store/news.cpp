#include "store/news.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace certherald::store {
namespace {

constexpr Millis between_looks{100};

class PolledNews final : public News {
 public:
  explicit PolledNews(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  Result<bool> wait(Millis timeout) override {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      const auto version = look();
      if (!version) return fail(version.error());
      if (known_ != *version) {
        known_ = *version;
        return true;
      }
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left <= Millis(0)) return false;
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, between_looks));
    }
  }

 private:
  // Grows with each commit of another connection (SQLite documentation, "PRAGMA data_version").
  Result<std::optional<std::int64_t>> look() {
    auto version = engine_->guard([&]() -> Result<std::optional<std::int64_t>> {
      return first_value<std::int64_t>(*engine_, "PRAGMA data_version");
    });
    if (!version) engine_->rollback();  // forgets the failure
    return version;
  }

  std::unique_ptr<Engine> engine_;
  std::optional<std::int64_t> known_;
};

}  // namespace

std::unique_ptr<News> poll_for_news(std::unique_ptr<Engine> engine) {
  return std::make_unique<PolledNews>(std::move(engine));
}

}  // namespace certherald::store
