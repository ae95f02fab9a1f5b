#include "connector/retry_after.hpp"

#include <gtest/gtest.h>

#include "base/time_text.hpp"

namespace certherald::connector {
namespace {

TEST(ParseHttpDate, ReadsTheThreeForms) {
  // The examples of RFC 9110 section 5.6.7.
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    const auto read = parse_http_date(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(to_iso8601(*read), "1994-11-06T08:49:37Z") << text;
  }
  for (const char* text : {"", "soon", "17", "Sun, 31 Feb 2026 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                           "Sun, 06 Nov 1994", "06 Nov 0001 08:49:37 GMT", "-6 Nov 1994 08:49:3x"})
    EXPECT_FALSE(parse_http_date(text)) << text;
  EXPECT_FALSE(parse_http_date(std::string(100'000, '1')));
}

TEST(RetryAfter, ReadsSecondsDatesAndTheResetOfARateLimit) {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  struct Row {
    Headers headers;
    std::optional<Seconds> wanted;
  };
  const std::pair<std::string, std::string> date = {"date", "Tue, 24 Nov 2026 06:00:00 GMT"};
  const Row rows[] = {
      {{}, std::nullopt},
      {{{"retry-after", "17"}}, Seconds(17)},
      {{{"retry-after", "0"}}, Seconds(0)},
      {{{"retry-after", "99999999"}}, Seconds(86'400)},
      {{{"retry-after", "99999999999999999999999"}}, std::nullopt},
      {{{"retry-after", "-5"}}, std::nullopt},
      {{{"retry-after", "Tue, 24 Nov 2026 06:02:00 GMT"}}, std::nullopt},
      {{date, {"retry-after", "Tue, 24 Nov 2026 06:02:00 GMT"}}, Seconds(120)},
      {{date, {"retry-after", "Tue, 24 Nov 2026 05:00:00 GMT"}}, Seconds(0)},
      {{date, {"retry-after", "soon"}}, std::nullopt},
      {{date, {"x-ratelimit-reset", "1795500060"}}, Seconds(60)},
      {{date, {"retry-after", "5"}, {"x-ratelimit-reset", "1795500060"}}, Seconds(5)},
      {{{"x-ratelimit-reset", "1795500060"}}, std::nullopt},
  };
  for (const Row& row : rows) {
    net::HttpResponse response;
    response.headers = row.headers;
    EXPECT_EQ(retry_after(response), row.wanted)
        << (row.headers.empty() ? "none" : row.headers.back().second);
  }
}

}  // namespace
}  // namespace certherald::connector
