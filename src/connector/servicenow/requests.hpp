#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/http.hpp"

// ServiceNow's Table API, version 2: pure functions from our words to requests, without credentials. Queries
// hold names and ids only, never text of a certificate: the system would evaluate some of it.
namespace certherald::connector::servicenow {

// Lengths of a default dictionary, in characters; what is longer is cut off there without a word.
inline constexpr std::size_t subject_length = 160;
inline constexpr std::size_t body_length = 4'000;
inline constexpr std::size_t longest_body = body_length - 14;  // a note's marker stands before it in a line
inline constexpr std::size_t key_length = 64;
inline constexpr std::size_t journal_page = 100;

// Text of a journal field, where [code] would turn what follows into HTML: a space breaks it up, or where
// that would make the text too long another bracket.
[[nodiscard]] std::string journal_text(std::string_view text);

// The tickets that carry the draft's key, oldest first, every field with its value and its word.
[[nodiscard]] net::HttpRequest find_request(const model::Connection& connection,
                                            const model::TicketDraft& draft);
[[nodiscard]] net::HttpRequest create_request(const model::Connection& connection,
                                              const model::TicketDraft& draft);

// A page of what people and we wrote to a ticket, newest first; `offset` counts from 0.
[[nodiscard]] net::HttpRequest find_note_request(const model::Connection& connection,
                                                 const model::RemoteTicket& ticket, std::size_t offset);
[[nodiscard]] net::HttpRequest note_request(const model::Connection& connection,
                                            const model::RemoteTicket& ticket, const std::string& text);

// Dictionary rows of the key field, of the subject and of mandatory columns.
[[nodiscard]] net::HttpRequest dictionary_request(const model::Connection& connection);
[[nodiscard]] net::HttpRequest cancel_request(const model::Connection& connection,
                                              const model::RemoteTicket& ticket);

}  // namespace certherald::connector::servicenow
