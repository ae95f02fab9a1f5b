#pragma once

#include <memory>
#include <string_view>

#include "store/news.hpp"
#include "store/postgresql_target.hpp"

namespace certherald::store {

// The channel of LISTEN and NOTIFY on which transactions that announce themselves are told.
inline constexpr std::string_view news_channel = "certherald_outbox";

// Connects at the first wait, and anew after the connection broke.
[[nodiscard]] std::unique_ptr<News> listen_for_news(PostgresqlTarget target);

}  // namespace certherald::store
