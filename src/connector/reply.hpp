#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "model/delivery.hpp"
#include "net/http.hpp"

namespace certherald::connector {

using HttpReply = std::expected<net::HttpResponse, net::HttpFailure>;

// Whether a request only read or may have made something: an unclear answer to the latter is `unknown`.
enum class Call : std::uint8_t { look_up, write };

// A bounded JSON object: at most 32 levels deep, well-formed UTF-8. Nothing where the text is none.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);

// The JSON object of an answer, whatever its status; or the outcome of an answer that has none: not sent, an
// unclear end, HTML, a redirect.
[[nodiscard]] std::expected<boost::json::object, model::Outcome> read_object(const HttpReply& reply,
                                                                             Call call);

// What any system means by a status that is no success. `said` is the system's own words.
[[nodiscard]] model::Outcome refusal(const net::HttpResponse& response, Call call, std::string_view said);

// The seconds form of Retry-After (RFC 9110 section 10.2.3); nothing where absent or written as a date.
[[nodiscard]] std::optional<Seconds> retry_after(const net::HttpResponse& response);

[[nodiscard]] model::Outcome outcome(model::OutcomeKind kind, std::string message, std::string hint = {});
// `unavailable` for a look-up, `unknown` for a write.
[[nodiscard]] model::Outcome unclear(Call call, std::string message);

// A text member, or a number as text; "" where it is absent, null or something else.
[[nodiscard]] std::string text_member(const boost::json::object& object, std::string_view name);

// "Basic <base64 of user:password>" (RFC 7617).
[[nodiscard]] std::string basic_credentials(std::string_view user, std::string_view password);

// {{name}} replaced by the draft's value of that name, "" where there is none. Values are not expanded again.
[[nodiscard]] std::string expand(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace certherald::connector
