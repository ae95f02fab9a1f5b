#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "model/delivery.hpp"
#include "net/http.hpp"

// What an answer means for the outbox, as far as it is the same for every system.
namespace certherald::connector {

using HttpReply = std::expected<net::HttpResponse, net::HttpFailure>;

// Whether a request only read or may have made something: an unclear answer to the latter is `unknown`.
enum class Call : std::uint8_t { look_up, write };

// The JSON object of an answer, whatever its status; or the outcome of an answer that has none: not sent, an
// unclear end, HTML, a redirect.
[[nodiscard]] std::expected<boost::json::object, model::Outcome> read_object(const HttpReply& reply,
                                                                             Call call);

// What any system means by a status that is no success. `said` is the system's own words.
[[nodiscard]] model::Outcome refusal(const net::HttpResponse& response, Call call, std::string_view said);

// The message becomes one line of at most 500 characters.
[[nodiscard]] model::Outcome outcome(model::OutcomeKind kind, std::string_view message,
                                     std::string_view hint = {});

// `unavailable` for a look-up, `unknown` for a write.
[[nodiscard]] model::Outcome unclear(Call call, std::string_view message);

// A ticket that was made without the key by which it could be found again. Said so that nobody makes another.
[[nodiscard]] model::Outcome made_without_key(const model::RemoteTicket& ticket, std::string_view field,
                                              std::string hint);

}  // namespace certherald::connector
