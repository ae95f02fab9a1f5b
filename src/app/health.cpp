#include "app/health.hpp"

#include "app/process_stats.hpp"
#include "base/text.hpp"
#include "net/blocking.hpp"

namespace certherald::app {
namespace {

using namespace std::chrono_literals;

constexpr auto silence_that_is_trouble = 30s;
constexpr auto count_again_after = 10s;

MetricsSnapshot snapshot_of(const store::Overview& overview) {
  MetricsSnapshot out;
  out.findings = overview.findings;
  out.certificates = overview.certificates;
  out.endpoints = overview.endpoints;
  out.next_expiry = overview.next_expiry;
  out.last_success = overview.last_success;
  for (const store::Overview::Deliveries& row : overview.deliveries) {
    auto at = std::ranges::find(out.connections, row.connection, &MetricsSnapshot::Connection::name);
    if (at == out.connections.end()) {
      out.connections.push_back({.name = row.connection, .deliveries = {}, .oldest_pending = {}});
      at = std::prev(out.connections.end());
    }
    at->deliveries[row.state] = row.count;
    at->oldest_pending = std::min(at->oldest_pending.value_or(row.oldest), row.oldest);
  }
  return out;
}

}  // namespace

std::string Health::why_not_ready() const {
  if (stopping_) return "it is being stopped";
  if (!turn_) return trouble_.empty() ? "it is starting" : trouble_;
  if (Steady::now() - *turn_ < silence_that_is_trouble) return "";
  return trouble_.empty() ? "its scheduler does not answer" : trouble_;
}

net::Task<net::HttpReply> HealthEndpoint::answer(net::IncomingRequest request) {
  if (request.method != "GET") {
    net::HttpReply reply = net::text_reply(405, "only GET");
    reply.headers.emplace_back("Allow", "GET, HEAD");
    co_return reply;
  }
  if (request.path.size() == 1) {
    const std::string& name = request.path.front();
    if (name == "healthz") co_return net::text_reply(200, "ok");
    if (name == "readyz") {
      const std::string why = health_.why_not_ready();
      co_return why.empty() ? net::text_reply(200, "ready") : net::text_reply(503, single_line(why));
    }
    if (name == "metrics") co_return co_await metrics();
  }
  co_return net::text_reply(404, "there is /healthz, /readyz and /metrics");
}

net::Task<net::HttpReply> HealthEndpoint::metrics() {
  const auto now = Health::Steady::now();
  if (!counted_ || now - *counted_ > count_again_after) {
    const auto count = [this] {
      return store_.read([](store::Session& session) { return session.overview(); });
    };
    const auto overview = co_await net::on_pool(store_pool_, count);
    if (!overview) co_return net::text_reply(503, single_line(describe(overview.error())));
    snapshot_ = snapshot_of(*overview);
    counted_ = now;
  }
  MetricsSnapshot snapshot = snapshot_;
  fill_(snapshot);
  net::HttpReply reply;
  reply.content_type = Metrics::content_type;
  reply.body = metrics_.text(snapshot, read_process_stats(), clock_.now());
  co_return reply;
}

}  // namespace certherald::app
