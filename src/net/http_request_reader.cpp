#include "net/http_request_reader.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.hpp"

namespace certherald::net {
namespace {

namespace http = boost::beast::http;
namespace urls = boost::urls;
using Parser = http::request_parser<http::string_body>;
using Fields = Parser::value_type;
using Verdict = std::optional<Refusal>;  // nothing where all is well

template <class Text>
std::string_view view(const Text& text) {
  return {text.data(), text.size()};
}

Refusal refusal_of(const boost::system::error_code& code) {
  if (code == http::error::header_limit) return {431, "the request line and headers are too large"};
  if (code == http::error::body_limit) return {413, "the body is too large"};
  return {400, "not HTTP/1.1: " + code.message()};
}

std::string_view value_of(const Fields& fields, http::field name) {
  const auto value = fields[name];
  return trim(view(value));
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// RFC 9112 sections 6.1 to 6.3, stricter: what an intermediary may have read otherwise is refused.
Verdict check_framing(const Fields& fields) {
  const auto lengths = fields.count(http::field::content_length);
  const auto encodings = fields.count(http::field::transfer_encoding);
  if (lengths > 1 || (lengths == 1 && !is_digits(value_of(fields, http::field::content_length)))) {
    return Refusal{400, "Content-Length must be one number"};
  }
  if (encodings == 0) return std::nullopt;
  if (lengths > 0 || fields.version() < 11) return Refusal{400, "Transfer-Encoding has no place here"};
  if (encodings > 1 || lower_ascii(value_of(fields, http::field::transfer_encoding)) != "chunked") {
    return Refusal{501, "the only Transfer-Encoding known here is chunked"};
  }
  return std::nullopt;
}

Verdict check_expectation(const Fields& fields) {
  if (fields.version() < 11 || fields.count(http::field::expect) == 0) return std::nullopt;
  if (lower_ascii(value_of(fields, http::field::expect)) == "100-continue") return std::nullopt;
  return Refusal{417, "the only expectation known here is 100-continue"};
}

std::string host_text(const urls::authority_view& authority) { return lower_ascii(authority.host_address()); }

void read_path_and_query(const urls::url_view& url, IncomingRequest& request) {
  for (const auto& segment : url.segments()) request.path.push_back(segment);
  for (const auto& item : url.params()) {
    request.query.emplace_back(item.key, item.has_value ? item.value : std::string());
  }
}

// RFC 9112 section 3.2: origin, absolute and asterisk form. CONNECT's authority form is none of ours.
Verdict read_target(IncomingRequest& request) {
  if (request.target == "*" && request.method == "OPTIONS") return std::nullopt;
  if (request.target.starts_with('/')) {
    const auto url = urls::parse_origin_form(request.target);
    if (!url) return Refusal{400, "the request target is malformed"};
    read_path_and_query(*url, request);
    return std::nullopt;
  }
  const auto url = urls::parse_absolute_uri(request.target);
  const bool web = url && (url->scheme_id() == urls::scheme::http || url->scheme_id() == urls::scheme::https);
  if (!web || url->has_userinfo() || url->encoded_host().empty()) {
    return Refusal{400, "the request target is malformed"};
  }
  request.host = host_text(url->authority());  // section 3.2.2: it stands before the Host header
  read_path_and_query(*url, request);
  return std::nullopt;
}

// RFC 9112 section 3.2: exactly one Host from HTTP/1.1 on, and a valid one.
Verdict read_host(const Fields& fields, IncomingRequest& request) {
  const auto count = fields.count(http::field::host);
  if (count > 1 || (count == 0 && fields.version() >= 11))
    return Refusal{400, "one Host header must be there"};
  if (count == 0) return std::nullopt;
  const std::string_view text = value_of(fields, http::field::host);
  const auto authority = urls::parse_authority(urls::string_view(text.data(), text.size()));
  if (!authority || authority->has_userinfo()) return Refusal{400, "the Host header is malformed"};
  request.host = host_text(*authority);
  return std::nullopt;
}

Verdict check_host(const std::vector<std::string>& allowed, const std::string& host) {
  if (allowed.empty() || std::ranges::find(allowed, host) != allowed.end()) return std::nullopt;
  return Refusal{421, "this server does not answer for that host"};
}

}  // namespace

struct RequestReader::Message {
  explicit Message(const RequestLimits& limits) {
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(limits.body_bytes);
  }

  // Reads the header when it is whole: before the body, whose trailers the parser adds to the same fields.
  Verdict read_header(const RequestLimits& limits) {
    const Fields& fields = parser.get();
    header_read = true;
    if (auto bad = check_framing(fields)) return bad;
    if (auto bad = check_expectation(fields)) return bad;
    IncomingRequest& request = received.request;
    request.method = view(fields.method_string());
    request.target = view(fields.target());
    if (auto bad = read_host(fields, request)) return bad;
    if (auto bad = read_target(request)) return bad;
    if (auto bad = check_host(limits.allowed_hosts, request.host)) return bad;
    received.head = request.method == "HEAD";
    if (received.head) request.method = "GET";
    received.keep_alive = parser.keep_alive();
    for (const auto& field : fields) {
      request.headers.emplace_back(lower_ascii(view(field.name_string())), view(field.value()));
    }
    return std::nullopt;
  }

  // Beast asserts that a last chunk which came in pieces is whole, and no chunked body ends in less.
  [[nodiscard]] bool can_parse(std::size_t pending) const {
    constexpr std::size_t last_chunk = std::string_view("0\r\n\r\n").size();
    return pending >= (header_read && parser.chunked() ? last_chunk : 1);
  }

  Parser parser;
  ReceivedRequest received;
  bool header_read = false;
  std::size_t header_bytes = 0;
};

RequestReader::RequestReader(RequestLimits limits)
    : limits_(std::move(limits)), message_(std::make_unique<Message>(limits_)) {}

RequestReader::~RequestReader() = default;

std::expected<RequestReader::Stage, Refusal> RequestReader::feed(ByteView bytes) {
  pending_ += as_text(bytes);
  // RFC 9112 section 2.2: empty lines before the request line are ignored.
  while (!message_->parser.got_some() && pending_.starts_with("\r\n")) pending_.erase(0, 2);
  if (!message_->parser.got_some() && pending_ == "\r") return Stage::header;
  return advance();
}

std::expected<RequestReader::Stage, Refusal> RequestReader::advance() {
  Parser& parser = message_->parser;
  std::size_t used = 0;
  while (!parser.is_done() && message_->can_parse(pending_.size() - used)) {
    boost::system::error_code code;
    const std::size_t step = parser.put(boost::asio::buffer(pending_) + used, code);
    used += step;
    if (!message_->header_read) message_->header_bytes += step;
    if (code == http::error::need_more) break;
    if (code) return std::unexpected(refusal_of(code));
    if (!message_->header_read && parser.is_header_done()) {
      if (message_->header_bytes > limits_.header_bytes) {
        return std::unexpected(refusal_of(http::make_error_code(http::error::header_limit)));
      }
      if (auto bad = message_->read_header(limits_)) return std::unexpected(std::move(*bad));
    }
  }
  pending_.erase(0, used);
  if (parser.is_done()) return Stage::complete;
  // Of a header, of a chunk's size line or of trailers; a body leaves nothing behind.
  if (pending_.size() > limits_.header_bytes) {
    return std::unexpected(refusal_of(http::make_error_code(http::error::header_limit)));
  }
  return message_->header_read ? Stage::body : Stage::header;
}

bool RequestReader::started() const { return message_->parser.got_some() || !pending_.empty(); }

bool RequestReader::wants_continue() const {
  const Fields& fields = message_->parser.get();
  return message_->header_read && pending_.empty() && fields.version() >= 11 &&
         fields.count(http::field::expect) != 0;
}

ReceivedRequest RequestReader::take() {
  ReceivedRequest out = std::move(message_->received);
  out.request.body = std::move(message_->parser.get().body());
  message_ = std::make_unique<Message>(limits_);
  return out;
}

}  // namespace certherald::net
