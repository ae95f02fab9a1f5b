#include "cli/live_scan.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "app/scan_service.hpp"
#include "net/resolver.hpp"

namespace certherald::cli {

Status LiveScan::scan(const ScanRequest& request, const Done& done) {
  app::ScanJob job;
  job.options.tier = request.tier;
  if (request.host_rate) job.options.host_rate = *request.host_rate;
  if (request.timeout) {
    job.options.connect_timeout = Millis(*request.timeout);
    job.options.step_timeout = Millis(*request.timeout);
  }
  job.checks = request.checks;
  job.context.within = request.within;
  job.context.trust = request.trust;

  boost::asio::io_context context(1);
  net::CaresResolver resolver;
  scan::Scanner scanner(context.get_executor(), resolver, clock_, random_, {});
  std::exception_ptr failure;
  boost::asio::co_spawn(context, app::observe_all(scanner, request.targets, job, done),
                        [&failure](std::exception_ptr left) { failure = std::move(left); });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return {};
}

}  // namespace certherald::cli
