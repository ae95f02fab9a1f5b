// Answers of ServiceDesk Plus.

#include "connector/servicedesk_plus/answer.hpp"
#include "connector/servicedesk_plus/replies.hpp"

#include "reply_input.hpp"

using namespace certherald;
using namespace certherald::connector;

namespace {

model::Connection connection_with(std::string key_field) {
  model::Connection made;
  made.url = "https://desk.example.com";
  made.key_field = std::move(key_field);
  made.fields = {{"priority", "High"}, {"urgency", "Low"}};
  return made;
}

void check_id(const std::string& id) {
  if (id.empty() || id.size() > 20 || id.find_first_not_of("0123456789") != id.npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sdp = servicedesk_plus;
  const HttpReply reply = fuzz::reply_of({data, size});
  model::TicketDraft draft;
  draft.key = std::string(64, 'a');
  draft.subject = "s";
  for (const char* field : {"udf_sline_301", ""}) {
    const model::Connection connection = connection_with(field);
    if (const auto page = sdp::read_page(reply, connection, draft)) {
      for (const auto& found : page->ours) check_id(found.ticket.remote_id);
      for (const auto& found : page->to_read) check_id(found.ticket.remote_id);
      if (!page->ours.empty() && reply->body.find('a') == std::string::npos &&
          reply->body.find("\\u") == std::string::npos)
        std::abort();
    } else {
      fuzz::check(page.error(), reply);
    }
    for (const Call call : {Call::look_up, Call::write}) {
      const auto shown = sdp::read_ticket(reply, call, connection, draft);
      if (shown) check_id(shown->ticket.remote_id);
      if (!shown) fuzz::check(shown.error(), reply);
    }
    // Asked only of a create that was refused: never of one that may have been made.
    if (!sdp::refused_optional_fields(reply, connection).empty() &&
        (reply->status < 400 || reply->status > 499))
      std::abort();
  }
  if (const auto notes = sdp::read_notes(reply)) {
    for (const std::string& id : notes->ids) check_id(id);
  } else {
    fuzz::check(notes.error(), reply);
  }
  if (const auto has = sdp::note_has(reply, "[op:01234567]"); !has) fuzz::check(has.error(), reply);
  fuzz::check(sdp::read_note(reply), reply);
  (void)sdp::refuses_wrapper(reply, "note");
  (void)sdp::refuses_field(reply, "description");
  if (const std::string id = sdp::merged_into(reply); !id.empty()) check_id(id);
  return 0;
}
