// How fast the store takes certificates, and how long it takes to say which of them end soon and to decide
// whom to tell. store_bench [certificates] [folder or URL] [keep]: prints one line a question. A folder's
// disk is what is measured, and the folder is removed unless it is to be kept; the database of a URL must be
// empty and is left as it is.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "app/decision.hpp"
#include "store/store.hpp"
#include "usage.hpp"

namespace {

using namespace certherald;
using bench::cpu_seconds;
using bench::peak_mebibytes;
using SteadyClock = std::chrono::steady_clock;

constexpr int batch_rows = 40'000;
constexpr std::size_t der_bytes = 2'000;
constexpr int due = 1'000;  // certificates that end within the month

const FakeClock fixed_clock{Instant(Seconds(1'800'000'000))};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return std::move(*result);
}

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Fingerprints are spread like real ones: an index that grows at its end would flatter us.
model::Certificate make_certificate(SeededRandom& random, int n, int all) {
  Bytes print(32);
  random.fill(print);
  model::Certificate out;
  out.sha256 = to_hex(print);
  out.der.resize(der_bytes);
  random.fill(out.der);
  out.common_name = fmt::format("host{}.example.com", n);
  out.subject = "CN=" + out.common_name + ",O=Example";
  out.dns_names = {out.common_name, "www." + out.common_name};
  out.issuer = "CN=Example Issuing CA 1,O=Example";
  out.serial = out.sha256.substr(0, 32);
  const bool soon = n % std::max(1, all / due) == 0;
  out.not_after = fixed_clock.now() + Seconds(86'400) * (soon ? 1 + n % 29 : 31 + n % 300);
  out.not_before = out.not_after - Seconds(90 * 86'400);
  out.signature_algorithm = "sha256WithRSAEncryption";
  out.key = {"rsa", 2'048, "", out.sha256};
  return out;
}

void measure_import(store::Store& store, int all) {
  SeededRandom random(1);
  double spent = 0;
  double cpu = 0;
  for (int done = 0; done < all;) {
    std::vector<model::Certificate> batch;
    while (batch.size() < batch_rows && done < all) batch.push_back(make_certificate(random, done++, all));
    const double cpu_start = cpu_seconds();
    const auto start = SteadyClock::now();
    (void)must(
        store.write([&](store::Session& s) { return s.import_certificates(batch, fixed_clock.now()); }));
    spent += seconds_since(start);
    cpu += cpu_seconds() - cpu_start;
  }
  std::printf("import: %d certificates in %.1f s, %.0f a second; %.1f s of CPU, %.0f a CPU second\n", all,
              spent, all / spent, cpu, all / cpu);
}

void measure_ending(store::Store& store) {
  const auto start = SteadyClock::now();
  const auto ending = must(store.read([](store::Session& s) {
    return s.ending_within({fixed_clock.now(), fixed_clock.now() + Seconds(30 * 86'400), 0});
  }));
  std::printf("ending within 30 days: %zu in %.3f s\n", ending.size(), seconds_since(start));
}

model::Connection make_connection(const std::string& name, model::ConnectionType type) {
  model::Connection out;
  out.name = name;
  out.type = type;
  out.url = "https://" + name + ".example.com";
  return out;
}

// As an expiry run ends: everything that is due is told to two desks, in one transaction.
void measure_decision(store::Store& store) {
  auto claim = must(store.write([](store::Session& s) -> Result<store::RunClaim> {
    using model::ConnectionType;
    for (const auto& one : {make_connection("desk", ConnectionType::servicedesk_plus),
                            make_connection("snow", ConnectionType::servicenow)}) {
      if (auto put = s.put(one, ""); !put) return fail(put.error());
    }
    model::Run run;
    run.all = true;
    run.planned_at = run.started_at = fixed_clock.now();
    return s.begin_run(run, "bench", Seconds(600));
  }));
  const double cpu = cpu_seconds();
  const auto start = SteadyClock::now();
  const auto decided = store.write([&](store::Session& s) -> Status {
    if (auto assessed = app::assess_inventory(s, fixed_clock.now()); !assessed) return assessed;
    auto done = app::decide(s, claim.run, store.installation(), fixed_clock.now());
    if (!done) return done;
    claim.run.ended_at = fixed_clock.now();
    claim.run.outcome = model::RunOutcome::succeeded;
    return s.end_run(claim);
  });
  if (!decided) throw std::runtime_error(describe(decided.error()));
  std::printf("decision: %lld deliveries about %lld findings in %.2f s, %.2f s of CPU, peak memory %ld MiB\n",
              static_cast<long long>(claim.run.counts.deliveries),
              static_cast<long long>(claim.run.counts.findings), seconds_since(start), cpu_seconds() - cpu,
              peak_mebibytes());
}

void measure_list(store::Store& store) {
  const auto start = SteadyClock::now();
  int listed = 0;
  const auto done = store.read([&](store::Session& s) {
    return s.each_certificate({}, [&](const store::CertificateRow&) -> Status {
      ++listed;
      return {};
    });
  });
  if (!done) throw std::runtime_error(describe(done.error()));
  std::printf("list: %d certificates in %.1f s, peak memory %ld MiB\n", listed, seconds_since(start),
              peak_mebibytes());
}

void measure_endpoints(store::Store& store, int all) {
  const auto start = SteadyClock::now();
  const auto put = store.write([&](store::Session& s) -> Status {
    for (int n = 0; n < all; ++n) {
      const std::string host = fmt::format("host{}.example.com", n);
      const model::Endpoint one{{}, {host, 443, host, "", ""}, "web-team", {"prod"}};
      if (auto done = s.put(one, "bench"); !done) return fail(done.error());
    }
    return {};
  });
  if (!put) throw std::runtime_error(describe(put.error()));
  std::printf("apply: %d endpoints, %.0f a second\n", all, all / seconds_since(start));
}

void measure_observations(store::Store& store, int all) {
  SeededRandom random(2);
  const auto start = SteadyClock::now();
  const auto applied = store.write([&](store::Session& s) -> Status {
    for (int n = 0; n < all; ++n) {
      const std::string host = fmt::format("host{}.example.com", n);
      model::Observation seen;
      seen.endpoint = {host, 443, host, "", ""};
      seen.address = "192.0.2.1";
      seen.at = fixed_clock.now();
      seen.status = model::ScanStatus::scanned;
      seen.chain = {make_certificate(random, n, all)};
      const auto known = s.known_address(seen.endpoint, seen.address);
      if (!known) return fail(known.error());
      if (auto done = s.apply(seen, inventory::reconcile(*known, seen)); !done) return done;
    }
    return {};
  });
  if (!applied) throw std::runtime_error(describe(applied.error()));
  std::printf("observations with a new certificate: %d, %.0f a second\n", all, all / seconds_since(start));
}

std::string size_of(store::Store& store, bool server) {
  if (!server) {
    return fmt::format("disk: {} MiB", std::filesystem::file_size(store.path()) / 1'048'576);
  }
  for (const store::HealthCheck& check : must(store.doctor())) {
    if (check.name == "size") return "disk: " + check.message;
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  const int all = argc > 1 ? std::atoi(argv[1]) : 100'000;
  const std::string place = argc > 2 ? argv[2] : "store_bench.tmp";
  const bool keep = argc > 3 && std::string_view(argv[3]) == "keep";
  const bool server = place.find("://") != std::string::npos;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // what takes long shows while it does
  try {
    if (!server) std::filesystem::remove_all(place);
    SystemRandom random;
    const auto store =
        must(store::Store::open({place, store::Migrate::yes, Seconds(30)}, fixed_clock, random));
    measure_import(*store, all);
    measure_ending(*store);
    measure_decision(*store);
    measure_list(*store);
    measure_endpoints(*store, std::min(all, 20'000));
    measure_observations(*store, std::min(all, 20'000));
    std::printf("peak memory: %ld MiB, %s\n", peak_mebibytes(), size_of(*store, server).c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  if (!server && !keep) std::filesystem::remove_all(place);
  return 0;
}
