#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "connector/classify.hpp"

namespace certherald::connector::servicedesk_plus {

// The status part of an answer: an object, or for lists an array of them.
struct Status {
  std::vector<std::int64_t> outer;  // 2000 is success
  std::vector<std::int64_t> inner;  // of the messages: these tell what is wrong
  std::vector<std::string> fields;  // that messages name
  std::string words;

  [[nodiscard]] bool success() const;
  [[nodiscard]] bool has(std::int64_t code) const;  // inner or outer
};

namespace code {
inline constexpr std::int64_t success = 2'000;
inline constexpr std::int64_t invalid_value = 4'001;
inline constexpr std::int64_t forbidden = 4'002;
inline constexpr std::int64_t mandatory = 4'012;
}  // namespace code

[[nodiscard]] Status read_status(const boost::json::object& object);

// What a request is about: a 404 for a ticket speaks of that ticket, any other of the address.
enum class About : std::uint8_t { system, ticket };

// The object of an answer that is a success in every way, or what it means. Wrong tokens come as HTTP 400
// with an inner 401, a lock-out as words.
[[nodiscard]] std::expected<boost::json::object, model::Outcome> read_success(const HttpReply& reply,
                                                                              Call call, About about);

// The id of the request that a merged one went into, as a 404 names it; "" where the answer is anything else.
[[nodiscard]] std::string merged_into(const HttpReply& reply);

// The status of a refusal: an answer that says that nothing was done and why. Nothing for any other answer.
[[nodiscard]] std::optional<Status> refused_status(const HttpReply& reply);

}  // namespace certherald::connector::servicedesk_plus
