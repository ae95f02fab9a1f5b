#include "net/http_transfer.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"

namespace certherald::net {
namespace {

constexpr std::size_t most_headers = 200;
constexpr std::size_t most_header_bytes = std::size_t{256} << 10U;
constexpr long keep_seconds = 20;  // a kept connection is not used after so long without a request

void append(std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  if (!list) list.reset(longer);  // else it is the same head
}

struct CodeRow {
  CURLcode code;
  ErrorKind kind;
  std::string_view hint;
};

constexpr std::string_view server_hint = "is it HTTP that is spoken there?";
constexpr CodeRow code_rows[] = {
    {CURLE_OPERATION_TIMEDOUT, ErrorKind::timed_out, ""},
    {CURLE_COULDNT_RESOLVE_HOST, ErrorKind::unreachable, ""},
    {CURLE_COULDNT_RESOLVE_PROXY, ErrorKind::unreachable, ""},
    {CURLE_COULDNT_CONNECT, ErrorKind::unreachable, ""},
    {CURLE_PROXY, ErrorKind::unreachable, ""},
    {CURLE_SSL_CONNECT_ERROR, ErrorKind::unreachable, ""},
    {CURLE_SEND_ERROR, ErrorKind::unreachable, ""},
    {CURLE_RECV_ERROR, ErrorKind::unreachable, ""},
    {CURLE_GOT_NOTHING, ErrorKind::unreachable, ""},
    {CURLE_ABORTED_BY_CALLBACK, ErrorKind::unreachable, ""},
    {CURLE_PEER_FAILED_VERIFICATION, ErrorKind::refused, "name the roots that vouch for it in ca_file"},
    {CURLE_SSL_CACERT_BADFILE, ErrorKind::invalid_input, "ca_file is a file of PEM certificates"},
    {CURLE_SSL_CERTPROBLEM, ErrorKind::invalid_input,
     "client_cert and client_key are PEM files that belong together, the key without a passphrase"},
    {CURLE_URL_MALFORMAT, ErrorKind::invalid_input, ""},
    {CURLE_UNSUPPORTED_PROTOCOL, ErrorKind::protocol, server_hint},
    {CURLE_WEIRD_SERVER_REPLY, ErrorKind::protocol, server_hint},
    {CURLE_PARTIAL_FILE, ErrorKind::protocol, "the answer was cut short"},
    {CURLE_OUT_OF_MEMORY, ErrorKind::internal, ""},
    {CURLE_FAILED_INIT, ErrorKind::internal, ""},
};

}  // namespace

template <class T>
void HttpTransfer::set(CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  // Verification must never depend on an option that was not taken.
  if (code != CURLE_OK)
    throw std::runtime_error(fmt::format("libcurl refuses option {}", static_cast<int>(option)));
}

HttpTransfer::HttpTransfer(HttpRequest request, ConnectTarget target,
                           const std::vector<std::string>& addresses, Millis connect_time)
    : request_(std::move(request)),
      target_(std::move(target)),
      easy_(curl_easy_init(), &curl_easy_cleanup),
      headers_(nullptr, &curl_slist_free_all),
      resolve_(nullptr, &curl_slist_free_all) {
  if (!easy_) throw std::bad_alloc();
  set_connection(addresses, connect_time);
  set_trust();
  set_request();
  set_headers();
}

void HttpTransfer::set_connection(const std::vector<std::string>& addresses, Millis connect_time) {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, message_.data());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  // HTTP/2 repeats a request by itself after GOAWAY; HTTP/1.1 is what the outbox can reason about.
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PROXY, request_.proxy.c_str());  // "" also keeps libcurl from reading the environment
  set(CURLOPT_NOPROXY, "");
  if (!request_.proxy_username.empty()) {
    set(CURLOPT_PROXYUSERNAME, request_.proxy_username.c_str());
    set(CURLOPT_PROXYPASSWORD, request_.proxy_password.c_str());
  }
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(connect_time.count(), 1)));
  set(CURLOPT_MAXAGE_CONN, keep_seconds);
  // libcurl repeats a request by itself where a kept connection was closed. Nothing that may change something
  // is repeated here, so it never travels on a kept connection.
  if (!may_repeat()) set(CURLOPT_FRESH_CONNECT, 1L);
  if (addresses.empty()) return;
  // The names were looked up already; "+": the entry expires like any other.
  std::string line = fmt::format("+{}:{}:", target_.host, target_.port);
  for (const std::string& address : addresses) {
    if (!line.ends_with(':')) line += ',';
    line += address.find(':') == std::string::npos ? address : "[" + address + "]";
  }
  append(resolve_, line);
  set(CURLOPT_RESOLVE, resolve_.get());
}

void HttpTransfer::set_trust() {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CA_CACHE_TIMEOUT, 60L);  // a ca_file that was replaced is seen soon
  if (!request_.ca_file.empty()) {
    set(CURLOPT_CAINFO, request_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    set(CURLOPT_PROXY_CAINFO, request_.ca_file.c_str());
    set(CURLOPT_PROXY_CAPATH, static_cast<char*>(nullptr));
  }
  if (!request_.client_cert.empty()) set(CURLOPT_SSLCERT, request_.client_cert.c_str());
  if (!request_.client_key.empty()) set(CURLOPT_SSLKEY, request_.client_key.c_str());
}

void HttpTransfer::set_request() {
  const std::string& method = request_.method;
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_PREREQFUNCTION, &HttpTransfer::on_request);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.c_str());
  }
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

void HttpTransfer::set_headers() {
  const auto given = [&](std::string_view lower_name) {
    return std::ranges::any_of(request_.headers,
                               [&](const auto& header) { return lower_ascii(header.first) == lower_name; });
  };
  append(headers_, "Expect:");
  if (!given("content-type")) append(headers_, "Content-Type:");
  if (!given("user-agent")) append(headers_, "User-Agent: Certherald");
  for (const auto& [name, value] : request_.headers) {
    // A header without a value is written with a semicolon, or libcurl leaves it out.
    append(headers_, trim(value).empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // a proxy is told none of them
}

bool HttpTransfer::may_repeat() const { return request_.method == "GET" || request_.method == "HEAD"; }

std::size_t HttpTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const std::size_t bytes = size * count;
  if (bytes > transfer.request_.max_response_bytes - transfer.response_.body.size()) {
    transfer.too_large_ = true;
    return 0;  // ends the transfer
  }
  transfer.response_.body.append(data, bytes);
  return bytes;
}

std::size_t HttpTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const std::string_view line(data, size * count);
  auto& headers = transfer.response_.headers;
  // A status line begins the headers of another response: 100 Continue and its like came before.
  if (line.starts_with("HTTP/")) {
    headers.clear();
    transfer.headers_done_ = false;
  }
  if (line == "\r\n" || line == "\n") transfer.headers_done_ = true;
  transfer.header_bytes_ += line.size();
  if (transfer.header_bytes_ > most_header_bytes || headers.size() >= most_headers) {
    transfer.too_large_ = true;
    return 0;
  }
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && !transfer.headers_done_) {  // trailers are left out
    headers.emplace_back(lower_ascii(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1))));
  }
  return line.size();
}

// libcurl calls this when a connection is ready and before the first byte of the request.
int HttpTransfer::on_request(void* self, char* /*remote*/, char* /*local*/, int /*remote_port*/,
                             int /*local_port*/) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (transfer.requests_ > 0 && !transfer.may_repeat()) return CURL_PREREQFUNC_ABORT;
  ++transfer.requests_;
  return CURL_PREREQFUNC_OK;
}

std::expected<HttpResponse, HttpFailure> HttpTransfer::result(CURLcode code) {
  if (code != CURLE_OK) return std::unexpected(HttpFailure{sent(), error_of(code)});
  // libcurl is content with a connection that ends in the middle of the headers.
  if (!headers_done_) {
    return std::unexpected(HttpFailure{sent(), {ErrorKind::protocol, "the answer ended in its headers", {}}});
  }
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

Error HttpTransfer::error_of(CURLcode code) const {
  if (too_large_) return {ErrorKind::too_large, "the answer is larger than what is read of it", {}};
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return {ErrorKind::unreachable, "the connection ended before an answer came", {}};
  }
  const std::string_view text = message_[0] != '\0' ? message_.data() : curl_easy_strerror(code);
  Error error{ErrorKind::protocol, without_secrets(single_line(text)), {}};
  for (const CodeRow& row : code_rows) {
    if (row.code != code) continue;
    error.kind = row.kind;
    error.hint = row.hint;
  }
  return error;
}

// libcurl quotes hosts, files and what servers say; a server may say what it was told.
std::string HttpTransfer::without_secrets(std::string text) const {
  const auto hide = [&](std::string_view secret) {
    if (secret.size() < 4) return;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "***");
    }
  };
  hide(target_.proxy_password);
  hide(target_.proxy_user);
  for (const auto& [name, value] : request_.headers) hide(value);
  return text;
}

}  // namespace certherald::net
