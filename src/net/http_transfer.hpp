#pragma once

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "net/http.hpp"
#include "net/http_target.hpp"

namespace certherald::net {

// One request and its answer as libcurl sees them: an easy handle with all its options, and what its
// callbacks collect. Does no I/O itself: add `easy()` to a multi handle, then tell it how that ended.
class HttpTransfer final {
 public:
  // `addresses`: of target.host; connect_time: how long a connection may take to be made, handshake included.
  HttpTransfer(HttpRequest request, ConnectTarget target, const std::vector<std::string>& addresses,
               Millis connect_time);
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  [[nodiscard]] CURL* easy() { return easy_.get(); }
  [[nodiscard]] Sent sent() const { return requests_ == 0 ? Sent::surely_not : Sent::maybe; }
  [[nodiscard]] std::expected<HttpResponse, HttpFailure> result(CURLcode code);

 private:
  using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static int on_request(void* self, char* remote, char* local, int remote_port, int local_port);

  template <class T>
  void set(CURLoption option, T value);
  void set_connection(const std::vector<std::string>& addresses, Millis connect_time);
  void set_trust();
  void set_request();
  void set_headers();
  [[nodiscard]] bool may_repeat() const;
  [[nodiscard]] Error error_of(CURLcode code) const;
  [[nodiscard]] std::string without_secrets(std::string text) const;

  HttpRequest request_;
  ConnectTarget target_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
  List headers_;
  List resolve_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  HttpResponse response_;
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
  bool headers_done_ = false;  // the empty line after the headers was read
  int requests_ = 0;           // how often libcurl was about to write the request
};

}  // namespace certherald::net
