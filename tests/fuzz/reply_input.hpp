#pragma once

// An answer of a ticketing system out of bytes: a line "STATUS TYPE", then the body.

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "connector/classify.hpp"

namespace certherald::fuzz {

inline connector::HttpReply reply_of(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  net::HttpResponse made;
  made.status = 200;
  if (line.size() >= 3) {
    int status = 0;
    for (const char c : line.substr(0, 3)) status = status * 10 + (static_cast<unsigned char>(c) % 10);
    made.status = status;
    made.headers.emplace_back("content-type", line.substr(std::min<std::size_t>(4, line.size())));
    made.headers.emplace_back("retry-after", line);
  }
  made.body = text.substr(std::min(end + 1, text.size()));
  return made;
}

// What the outbox and people rely on, whatever came in.
inline void check(const model::Outcome& outcome, const connector::HttpReply& reply) {
  using model::OutcomeKind;
  const bool verified = outcome.kind == OutcomeKind::done || outcome.kind == OutcomeKind::absent;
  if (verified && (reply->status < 200 || reply->status > 299)) std::abort();
  if (!verified && outcome.message.empty()) std::abort();
  for (const std::string* text :
       {&outcome.message, &outcome.hint, &outcome.ticket.number, &outcome.ticket.status}) {
    if (!is_utf8(*text) || text->size() > 4'000 || text->find_first_of("\r\n\x1b") != text->npos)
      std::abort();
  }
  if (outcome.retry_after && (*outcome.retry_after < Seconds(0) || *outcome.retry_after > Seconds(86'400)))
    std::abort();
}

}  // namespace certherald::fuzz
