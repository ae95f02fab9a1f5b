#include "connector/servicedesk_plus/requests.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/bytes.hpp"

namespace certherald::connector::servicedesk_plus {
namespace {

namespace json = boost::json;

model::Connection desk() {
  model::Connection made;
  made.url = "https://desk.example.com:8080";
  made.key_field = "udf_sline_301";
  return made;
}

model::TicketDraft draft() {
  model::TicketDraft made;
  made.key = std::string(64, 'a');
  made.subject = "SSL Certificate shop.example.com expiry";
  made.body = "The SSL Certificate shop.example.com expiring soon, please take care";
  made.values = {{"owner", "web-team"}, {"host", "shop.example.com"}};
  return made;
}

// The JSON of an `input_data`, decoded by another reader than the one that encoded it.
json::object input_of(std::string_view encoded) {
  constexpr std::string_view name = "input_data=";
  EXPECT_TRUE(encoded.starts_with(name)) << encoded;
  encoded.remove_prefix(name.size());
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(encoded[i])) != 0 ||
                  std::string_view("-._~").contains(encoded[i]))
          << "not percent-encoded: " << encoded[i];
      text += encoded[i];
      continue;
    }
    text += static_cast<char>(from_hex(encoded.substr(i + 1, 2)).value().front());
    i += 2;
  }
  return json::parse(text).as_object();
}

json::object created(const model::Connection& connection, const model::TicketDraft& wanted,
                     const std::vector<std::string>& left_out = {}) {
  return input_of(create_request(connection, wanted, left_out).body).at("request").as_object();
}

TEST(CreateRequest, IsOneFormField) {
  const auto request = create_request(desk(), draft(), {});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://desk.example.com:8080/api/v3/requests");
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"Accept", "application/vnd.manageengine.sdp.v3+json"},
      {"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(request.headers, headers);
  const json::value wanted = {
      {"subject", "SSL Certificate shop.example.com expiry"},
      {"description", "The SSL Certificate shop.example.com expiring soon, please take care"},
      {"udf_fields", {{"udf_sline_301", draft().key}}}};
  EXPECT_EQ(json::value(created(desk(), draft())), wanted);
}

TEST(CreateRequest, SendsEachSettingInItsForm) {
  struct Row {
    const char* name;
    const char* value;
    json::value wanted;
  };
  const Row rows[] = {
      {"requester", "svc.cert@example.com", {{"email_id", "svc.cert@example.com"}}},
      {"requester", "Guest", {{"name", "Guest"}}},
      {"technician", "Jeniffer Doe", {{"name", "Jeniffer Doe"}}},
      {"group", "{{owner}}", {{"name", "web-team"}}},
      {"category", "a@b", {{"name", "a@b"}}},
      {"priority", "3 - High", {{"name", "3 - High"}}},
      {"site", "line\nbreak", {{"name", "line break"}}},
  };
  for (const Row& row : rows) {
    auto connection = desk();
    connection.fields[row.name] = row.value;
    EXPECT_EQ(created(connection, draft()).at(row.name), row.wanted) << row.name << " " << row.value;
    EXPECT_FALSE(created(connection, draft(), {row.name}).contains(row.name)) << row.name;
  }
  auto connection = desk();
  connection.fields = {
      {"request_template", "Default Request"}, {"udf_pick_303", "Yes"}, {"item", "{{nobody}}"}};
  const auto ticket = created(connection, draft());
  EXPECT_EQ(ticket.at("template"), json::value({{"name", "Default Request"}}));
  EXPECT_EQ(ticket.at("udf_fields").at("udf_pick_303"), "Yes");
  EXPECT_FALSE(ticket.contains("item"));
  EXPECT_FALSE(ticket.contains("request_template"));
}

TEST(CreateRequest, EscapesWhatACertificateSays) {
  auto hostile = draft();
  hostile.subject = "SSL\r\nCertificate\x1b[31m <b>&\xE2\x80\xAE  x ";
  hostile.body = "<script>alert('1')</script> & \"x\"\r\nO=a+b%20=;c#d\n\xE2\x82\xAC";
  const auto ticket = created(desk(), hostile);
  const std::string subject(ticket.at("subject").as_string());
  EXPECT_EQ(subject.find_first_of("\r\n\x1b"), std::string::npos) << subject;
  EXPECT_EQ(
      ticket.at("description"),
      "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;<br>O=a+b%20=;c#d<br>\xE2\x82\xAC");
}

TEST(CreateRequest, BoundsTheSubjectWithAnEllipsis) {
  auto longest = draft();
  longest.subject.clear();
  for (int i = 0; i < 300; ++i) longest.subject += "\xC3\xA9";
  const std::string subject(created(desk(), longest).at("subject").as_string());
  EXPECT_EQ(subject.size(), 249U * 2 + 3);
  EXPECT_TRUE(subject.ends_with("\xE2\x80\xA6"));
}

TEST(CreateRequest, EndsTheDescriptionWithTheKeyWhereNoFieldHoldsIt) {
  auto connection = desk();
  connection.key_field.clear();
  const auto ticket = created(connection, draft());
  EXPECT_FALSE(ticket.contains("udf_fields"));
  EXPECT_TRUE(std::string_view(ticket.at("description").as_string())
                  .ends_with("<br><br>Certherald key: " + draft().key));
}

TEST(ListRequest, AsksForTheFieldItSearchesBy) {
  const auto request = list_request(desk(), draft(), 101, Descriptions::ask);
  const auto at = request.url.find('?');
  EXPECT_EQ(request.url.substr(0, at), "https://desk.example.com:8080/api/v3/requests");
  EXPECT_EQ(request.method, "GET");
  EXPECT_TRUE(request.body.empty());
  const auto info = input_of(std::string_view(request.url).substr(at + 1)).at("list_info").as_object();
  EXPECT_EQ(info.at("row_count"), 100);
  EXPECT_EQ(info.at("start_index"), 101);
  EXPECT_EQ(
      info.at("search_criteria"),
      json::value({{"field", "udf_fields.udf_sline_301"}, {"condition", "is"}, {"value", draft().key}}));
  const json::array fields = {"subject", "status", "display_id", "created_time", "is_trashed", "udf_fields"};
  EXPECT_EQ(info.at("fields_required"), json::value(fields));
}

TEST(ListRequest, SearchesByTheSubjectAsItWasSentWhereNoFieldHoldsTheKey) {
  auto connection = desk();
  connection.key_field.clear();
  auto wanted = draft();
  wanted.subject = std::string(400, 'x');
  const auto request = list_request(connection, wanted, 1, Descriptions::leave);
  const auto info =
      input_of(std::string_view(request.url).substr(request.url.find('?') + 1)).at("list_info").as_object();
  EXPECT_EQ(info.at("search_criteria").at("value"), created(connection, wanted).at("subject"));
}

TEST(NoteRequest, IsHiddenFromTheRequester) {
  const auto request = note_request(desk(), "860", "still <there>\n[op:01234567]", "note");
  EXPECT_EQ(request.url, "https://desk.example.com:8080/api/v3/requests/860/notes");
  const json::value wanted = {
      {"note", {{"description", "still &lt;there&gt;<br>[op:01234567]"}, {"show_to_requester", false}}}};
  EXPECT_EQ(json::value(input_of(request.body)), wanted);
}

TEST(Paths, CannotBeLeftByAnId) {
  for (const auto& request : {read_request(desk(), "../x?y"), notes_request(desk(), "../x?y", 1)})
    EXPECT_TRUE(request.url.starts_with("https://desk.example.com:8080/api/v3/requests/..%2Fx%3Fy"))
        << request.url;
}

}  // namespace
}  // namespace certherald::connector::servicedesk_plus
