#pragma once

// For tests only: an HTTP server that misbehaves as it is told, plain or through TLS.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "net/test_world.hpp"

namespace certherald::net::test {

enum class Manner : std::uint8_t {
  answer,
  answer_to_end,  // without a length, until the end of the stream
  byte_by_byte,
  chunked,
  continue_first,  // 100 Continue before the answer
  many_headers,
  long_headers,
  redirect,
  drop_at_once,  // before a byte was read
  reset_at_once,
  drop_after_reading,
  reset_after_reading,
  drop_in_header,
  drop_after_status,
  drop_in_body,
  drop_in_chunk,
  drop_when_kept,   // answers once, then closes when the next request has come
  close_when_kept,  // answers once, then closes at once
  silent,
  silent_in_body,
  garbage,
};

struct Heard {
  std::string head;
  std::string body;
};

// What a server saw, and the answer it gives.
struct Journal {
  int connections = 0;
  std::vector<Heard> requests;
  std::string answer_body = "fine";
  std::string answer_headers =
      "Content-Type: application/json; charset=utf-8\r\nX-Twice: 1\r\nX-Twice: 2\r\n";
};

inline std::size_t body_length(std::string_view head) {
  constexpr std::string_view name = "Content-Length: ";
  const auto at = head.find(name);
  if (at == std::string_view::npos) return 0;
  return std::stoul(std::string(head.substr(at + name.size(), 20)));
}

template <class Stream>
Task<bool> read_request(Stream& stream, Journal& journal) {
  std::string data;
  const auto [error, size] =
      co_await boost::asio::async_read_until(stream, boost::asio::dynamic_buffer(data), "\r\n\r\n", quiet);
  if (error) co_return false;
  Heard heard{data.substr(0, size), data.substr(size)};
  const std::size_t wanted = body_length(heard.head);
  std::array<char, 4096> buffer{};
  while (heard.body.size() < wanted) {
    const auto [more_error, got] = co_await stream.async_read_some(boost::asio::buffer(buffer), quiet);
    if (more_error) co_return false;
    heard.body.append(buffer.data(), got);
  }
  journal.requests.push_back(std::move(heard));
  co_return true;
}

// False where the client is gone.
template <class Stream>
Task<bool> say(Stream& stream, std::string text) {
  const auto [error, size] = co_await boost::asio::async_write(stream, boost::asio::buffer(text), quiet);
  co_return !error;
}

inline std::string head_of(const Journal& journal, std::string_view status, std::size_t length) {
  return fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n", status, journal.answer_headers, length);
}

// Says it in the given manner; true where the connection may go on.
template <class Stream>
Task<bool> reply(Stream& stream, Journal& journal, Manner manner) {
  const std::string& body = journal.answer_body;
  const std::string head = head_of(journal, "200 OK", body.size());
  switch (manner) {
    case Manner::answer:
    case Manner::drop_when_kept:
    case Manner::close_when_kept:
      co_await say(stream, head + body);
      co_return true;
    case Manner::answer_to_end:
      co_await say(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body);
      co_return false;
    case Manner::byte_by_byte:
      for (const char c : head + body) {
        if (!co_await say(stream, std::string(1, c))) co_return false;
      }
      co_return true;
    case Manner::chunked:
      co_await say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (const char c : body) {
        if (!co_await say(stream, fmt::format("1\r\n{}\r\n", c))) co_return false;
      }
      co_await say(stream, "0\r\nX-Trailer: 1\r\n\r\n");
      co_return true;
    case Manner::continue_first:
      co_await say(stream, "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" + head + body);
      co_return true;
    case Manner::many_headers:
      co_await say(stream, "HTTP/1.1 200 OK\r\n");
      for (int i = 0; i < 300; ++i) {
        if (!co_await say(stream, fmt::format("X-{}: 1\r\n", i))) co_return false;
      }
      co_return false;
    case Manner::long_headers:
      co_await say(stream, "HTTP/1.1 200 OK\r\n");
      for (int i = 0; i < 10; ++i) {
        if (!co_await say(stream, fmt::format("X: {}\r\n", std::string(40'000, 'x')))) co_return false;
      }
      co_return false;
    case Manner::redirect:
      co_await say(stream, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
      co_return true;
    case Manner::drop_in_header:
      co_await say(stream, "HTTP/1.1 200 OK\r\nContent-Le");
      co_return false;
    case Manner::drop_after_status:
      co_await say(stream, "HTTP/1.1 200 OK\r\n");
      co_return false;
    case Manner::drop_in_body:
      co_await say(stream, head_of(journal, "200 OK", body.size() + 10) + body);
      co_return false;
    case Manner::drop_in_chunk:
      co_await say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nfi");
      co_return false;
    case Manner::silent_in_body:
      co_await say(stream, head_of(journal, "200 OK", body.size() + 10) + body);
      co_await linger();
      co_return false;
    case Manner::garbage:
      co_await say(stream, "SSH-2.0-OpenSSH_9.2p1\r\n\r\n\r\n");
      co_return false;
    case Manner::silent:
      co_await linger();
      co_return false;
    case Manner::drop_at_once:
    case Manner::reset_at_once:
    case Manner::drop_after_reading:
      co_return false;
    case Manner::reset_after_reading:
      send_reset(stream.lowest_layer());
      co_return false;
  }
  co_return false;
}

template <class Stream>
Task<void> talk(Stream& stream, Journal& journal, Manner manner) {
  for (int answered = 0;; ++answered) {
    if (!co_await read_request(stream, journal)) co_return;
    if (answered > 0 && manner == Manner::drop_when_kept) co_return;
    if (!co_await reply(stream, journal, manner)) co_return;
    if (manner == Manner::close_when_kept) co_return;
  }
}

inline Task<void> converse(Tcp::socket socket, Journal& journal, Manner manner) {
  if (manner == Manner::drop_at_once) co_return;
  if (manner == Manner::reset_at_once) {
    send_reset(socket);
    co_return;
  }
  co_await talk(socket, journal, manner);
}

inline Task<void> serve_http(World& world, Listener& listener, Journal& journal, Manner manner) {
  for (;;) {
    auto socket = co_await listener.accept();
    if (!socket) co_return;
    ++journal.connections;
    world.servers.spawn(converse(std::move(*socket), journal, manner));
  }
}

}  // namespace certherald::net::test
