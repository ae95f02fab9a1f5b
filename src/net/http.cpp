#include "net/http.hpp"

#include <algorithm>
#include <map>

#include <curl/curl.h>

#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.hpp"

namespace certherald::net {

namespace asio = boost::asio;
using Reply = std::expected<HttpResponse, HttpFailure>;

std::string_view HttpResponse::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) return value;
  }
  return {};
}

std::string_view HttpResponse::content_type() const {
  const std::string_view value = header("content-type");
  return trim(value.substr(0, value.find(';')));
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encode(name) + '=' + percent_encode(value);
  }
  return out;
}

namespace {

// One transfer: owned by the coroutine that waits for it; curl writes into it.
struct Transfer {
  explicit Transfer(const asio::any_io_executor& executor, Deadline deadline)
      : done(executor, deadline.at()) {}

  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::size_t limit = 0;
  HttpResponse response;
  bool too_large = false;
  bool finished = false;
  CURLcode code = CURLE_OK;
  std::array<char, CURL_ERROR_SIZE> message{};
  asio::steady_timer done;  // expires at the deadline, cancelled when curl is done
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (transfer.response.body.size() + bytes > transfer.limit) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, bytes);
  return bytes;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  constexpr std::size_t most_headers = 200;
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  // A new status line starts the headers of a new response (after 100 Continue or a proxy's CONNECT).
  if (line.starts_with("HTTP/")) transfer.response.headers.clear();
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && transfer.response.headers.size() < most_headers) {
    transfer.response.headers.emplace_back(lower_ascii(trim(line.substr(0, colon))),
                                           std::string(trim(line.substr(colon + 1))));
  }
  return line.size();
}

void set_options(Transfer& transfer, const HttpRequest& request, Deadline deadline) {
  CURL* easy = transfer.easy;
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_PROXY, request.proxy.c_str());
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_ERRORBUFFER, transfer.message.data());
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.left().count() + 1));
  set(CURLOPT_PRIVATE, static_cast<void*>(&transfer));
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(CURLOPT_USERAGENT, "Certherald");
  // curl repeats a request by itself where a kept connection was closed; nothing is repeated here unless the
  // outbox says so, so writes never travel on a kept connection.
  if (request.method != "GET") set(CURLOPT_FRESH_CONNECT, 1L);
  if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.client_cert.empty()) set(CURLOPT_SSLCERT, request.client_cert.c_str());
  if (!request.client_key.empty()) set(CURLOPT_SSLKEY, request.client_key.c_str());
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
      request.method == "PATCH") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.c_str());
  }
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  for (const auto& [name, value] : request.headers) {
    transfer.headers = curl_slist_append(transfer.headers, single_line(name + ": " + value).c_str());
  }
  set(CURLOPT_HTTPHEADER, transfer.headers);
}

ErrorKind kind_of(CURLcode code) {
  switch (static_cast<int>(code)) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorKind::timed_out;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return ErrorKind::not_found;
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return ErrorKind::unreachable;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorKind::invalid_input;
    case CURLE_PEER_FAILED_VERIFICATION:
      return ErrorKind::refused;
    default:
      return ErrorKind::protocol;
  }
}

HttpFailure failure_of(const Transfer& transfer) {
  long request_bytes = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_REQUEST_SIZE, &request_bytes);
  curl_off_t before_request = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_PRETRANSFER_TIME_T, &before_request);
  const Sent sent = request_bytes == 0 && before_request == 0 ? Sent::surely_not : Sent::maybe;
  if (transfer.too_large) return {sent, {ErrorKind::too_large, "the answer is larger than we read", {}}};
  const char* text =
      transfer.message[0] != '\0' ? transfer.message.data() : curl_easy_strerror(transfer.code);
  Error error{kind_of(transfer.code), single_line(text), {}};
  if (transfer.code == CURLE_PEER_FAILED_VERIFICATION)
    error.hint = "name the roots that vouch for it in ca_file";
  return {sent, error};
}

}  // namespace

// Drives one curl multi handle with Asio. All callbacks run on the executor; curl calls back into us only
// from within our own calls.
class CurlHttpClient::Driver final : public std::enable_shared_from_this<CurlHttpClient::Driver> {
 public:
  explicit Driver(asio::any_io_executor executor) : executor_(std::move(executor)), timer_(executor_) {
    static const CURLcode library = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (library != CURLE_OK) throw std::runtime_error("curl_global_init failed");
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Driver::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Driver::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() { curl_multi_cleanup(multi_); }

  // Nothing may call back any more: waits in flight hold only weak references.
  void stop() {
    timer_.cancel();
    for (auto& [fd, watched] : watched_) watched->descriptor.release();
    watched_.clear();
  }

  Task<Reply> send(HttpRequest request, Deadline deadline) {
    const auto self = shared_from_this();
    Transfer transfer(executor_, deadline);
    transfer.easy = curl_easy_init();
    transfer.limit = request.max_response_bytes;
    set_options(transfer, request, deadline);
    curl_multi_add_handle(multi_, transfer.easy);
    boost::system::error_code error;
    if (!transfer.finished)
      co_await transfer.done.async_wait(asio::redirect_error(asio::use_awaitable, error));
    Reply reply = finish(transfer, static_cast<bool>(error));
    curl_multi_remove_handle(multi_, transfer.easy);
    curl_easy_cleanup(transfer.easy);
    curl_slist_free_all(transfer.headers);
    co_return reply;
  }

 private:
  struct Watched {
    explicit Watched(const asio::any_io_executor& executor, int fd) : descriptor(executor, fd) {}
    asio::posix::stream_descriptor descriptor;
    int wanted = 0;
    bool reading = false;
    bool writing = false;
  };

  static Reply finish(Transfer& transfer, bool woken) {
    if (transfer.finished && transfer.code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
      transfer.response.status = static_cast<int>(status);
      return std::move(transfer.response);
    }
    if (!transfer.finished) {
      transfer.code = woken ? CURLE_ABORTED_BY_CALLBACK : CURLE_OPERATION_TIMEDOUT;
    }
    HttpFailure failure = failure_of(transfer);
    if (!transfer.finished && woken) failure.error = {ErrorKind::cancelled, "cancelled", {}};
    return std::unexpected(std::move(failure));
  }

  static int on_socket(CURL* /*easy*/, curl_socket_t fd, int what, void* user, void* /*socket*/) {
    auto& self = *static_cast<Driver*>(user);
    if (what == CURL_POLL_REMOVE) {
      const auto at = self.watched_.find(fd);
      if (at == self.watched_.end()) return 0;
      at->second->wanted = 0;
      // curl owns the file descriptor and may close it after this.
      at->second->descriptor.release();
      self.watched_.erase(at);
      return 0;
    }
    auto& watched = self.watched_[fd];
    if (!watched) watched = std::make_shared<Watched>(self.executor_, fd);
    watched->wanted = what;
    self.arm(fd, watched);
    return 0;
  }

  static int on_timer(CURLM* /*multi*/, long milliseconds, void* user) {
    auto& self = *static_cast<Driver*>(user);
    if (milliseconds < 0) {
      self.timer_.cancel();
      return 0;
    }
    self.timer_.expires_after(std::chrono::milliseconds(milliseconds));
    self.timer_.async_wait([weak = self.weak_from_this()](const boost::system::error_code& error) {
      const auto driver = weak.lock();
      if (driver && !error) driver->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void arm(int fd, const std::shared_ptr<Watched>& watched) {
    if ((watched->wanted & CURL_POLL_IN) != 0 && !watched->reading) {
      watched->reading = true;
      wait(fd, watched, asio::posix::stream_descriptor::wait_read, CURL_CSELECT_IN, &Watched::reading);
    }
    if ((watched->wanted & CURL_POLL_OUT) != 0 && !watched->writing) {
      watched->writing = true;
      wait(fd, watched, asio::posix::stream_descriptor::wait_write, CURL_CSELECT_OUT, &Watched::writing);
    }
  }

  void wait(int fd, const std::shared_ptr<Watched>& watched, asio::posix::stream_descriptor::wait_type kind,
            int bits, bool Watched::* flag) {
    watched->descriptor.async_wait(
        kind, [weak = weak_from_this(), fd, watched, bits, flag](const boost::system::error_code& error) {
          (*watched).*flag = false;
          const auto self = weak.lock();
          if (!self || error) return;
          const auto at = self->watched_.find(fd);
          if (at == self->watched_.end() || at->second != watched) return;
          if ((watched->wanted & (bits == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT)) == 0) return;
          self->act(fd, bits);
          const auto still = self->watched_.find(fd);
          if (still != self->watched_.end() && still->second == watched) self->arm(fd, watched);
        });
  }

  void act(curl_socket_t fd, int bits) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, bits, &running);
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      void* user = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
      auto& transfer = *static_cast<Transfer*>(user);
      transfer.finished = true;
      transfer.code = message->data.result;
      transfer.done.cancel();
    }
  }

  asio::any_io_executor executor_;
  asio::steady_timer timer_;
  CURLM* multi_ = nullptr;
  std::map<int, std::shared_ptr<Watched>> watched_;
};

CurlHttpClient::CurlHttpClient(asio::any_io_executor executor)
    : driver_(std::make_shared<Driver>(std::move(executor))) {}
CurlHttpClient::~CurlHttpClient() { driver_->stop(); }

Task<Reply> CurlHttpClient::send(HttpRequest request, Deadline deadline) {
  return driver_->send(std::move(request), deadline);
}

}  // namespace certherald::net
