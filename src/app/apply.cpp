#include "app/apply.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "app/settings.hpp"
#include "base/nearest.hpp"
#include "base/text.hpp"

namespace certherald::app {
namespace {

// Rows of one kind as they are: name to the set that manages them.
using Managers = std::map<std::string, std::string>;

class Application {
 public:
  Application(store::Session& session, const Configuration& configuration, Prune prune)
      : session_(session), configuration_(configuration), prune_(prune) {}

  Result<ApplyReport> run() {
    if (Status status = settings(); !status) return fail(status.error());
    if (Status status = endpoints(); !status) return fail(status.error());
    const auto connections = session_.connections();
    if (!connections) return fail(connections.error());
    Managers managers;
    for (const auto& row : *connections) managers[row.connection.name] = row.managed_by;
    const auto remove_connection = [this](const std::string& name) {
      return session_.remove_connection(name);
    };
    if (Status status = named("connection", configuration_.connections, managers, remove_connection);
        !status) {
      return fail(status.error());
    }
    const auto policies = session_.policies();
    if (!policies) return fail(policies.error());
    managers.clear();
    for (const auto& row : *policies) managers[row.policy.name] = row.managed_by;
    const auto remove_policy = [this](const std::string& name) { return session_.remove_policy(name); };
    if (Status status = named("policy", configuration_.policies, managers, remove_policy); !status) {
      return fail(status.error());
    }
    const auto discoveries = session_.discoveries();
    if (!discoveries) return fail(discoveries.error());
    managers.clear();
    for (const auto& row : *discoveries) managers[row.discovery.name] = row.managed_by;
    const auto remove_discovery = [this](const std::string& name) { return session_.remove_discovery(name); };
    if (Status status = named("discovery", configuration_.discoveries, managers, remove_discovery); !status) {
      return fail(status.error());
    }
    const auto schedules = session_.schedules();
    if (!schedules) return fail(schedules.error());
    managers.clear();
    for (const auto& row : *schedules) managers[row.schedule.name] = row.managed_by;
    const auto remove_schedule = [this](const std::string& name) { return session_.remove_schedule(name); };
    if (Status status = named("schedule", configuration_.schedules, managers, remove_schedule); !status) {
      return fail(status.error());
    }
    return std::move(report_);
  }

 private:
  void record(store::Put put, std::string_view what, const std::string& name) {
    switch (put) {
      case store::Put::created:
        report_.changes.push_back({ApplyChange::Kind::created, std::string(what), name});
        break;
      case store::Put::updated:
        report_.changes.push_back({ApplyChange::Kind::updated, std::string(what), name});
        break;
      case store::Put::unchanged:
        ++report_.unchanged;
        break;
    }
  }

  // The set a row belongs to after this apply: ours where it is new, else the one that made it.
  [[nodiscard]] std::string owner(const Managers& managers, const std::string& name) const {
    const auto at = managers.find(name);
    return at == managers.end() ? configuration_.set : at->second;
  }

  Status settings() {
    const auto put = [this](const auto& block, std::string_view name) -> Status {
      if (!block) return {};
      const auto done = store_settings(session_, *block);
      if (!done) return fail(done.error());
      record(*done, "settings", std::string(name));
      return {};
    };
    if (Status status = put(configuration_.server, "server"); !status) return status;
    if (Status status = put(configuration_.scan, "scan"); !status) return status;
    return put(configuration_.retention, "retention");
  }

  Status endpoints() {
    std::map<model::EndpointKey, std::string> managers;
    const Status listed = session_.each_endpoint([&](const store::EndpointRow& row) -> Status {
      managers[row.endpoint.key] = row.managed_by;
      return {};
    });
    if (!listed) return listed;
    for (const model::Endpoint& endpoint : configuration_.endpoints) {
      const auto at = managers.find(endpoint.key);
      const auto put = session_.put(endpoint, at == managers.end() ? configuration_.set : at->second);
      if (!put) return fail(put.error());
      record(*put, "endpoint", display_name(endpoint.key));
      if (at != managers.end()) managers.erase(at);
    }
    if (prune_ == Prune::no) return {};
    for (const auto& [key, manager] : managers) {
      if (manager != configuration_.set) continue;
      if (const auto removed = session_.remove_endpoint(key); !removed) return fail(removed.error());
      report_.changes.push_back({ApplyChange::Kind::removed, "endpoint", display_name(key)});
    }
    return {};
  }

  template <class Value, class Remove>
  Status named(std::string_view what, const std::vector<Value>& values, const Managers& managers,
               const Remove& remove) {
    std::set<std::string> present;
    for (const Value& value : values) {
      const auto put = session_.put(value, owner(managers, value.name));
      if (!put) return fail(put.error());
      record(*put, what, value.name);
      present.insert(value.name);
    }
    if (prune_ == Prune::no) return {};
    for (const auto& [name, manager] : managers) {
      if (manager != configuration_.set || present.contains(name)) continue;
      if (const auto removed = remove(name); !removed) return fail(removed.error());
      report_.changes.push_back({ApplyChange::Kind::removed, std::string(what), name});
    }
    return {};
  }

  store::Session& session_;
  const Configuration& configuration_;
  Prune prune_;
  ApplyReport report_;
};

Result<std::vector<ConfigurationProblem>> unknown_channels(store::Session& session,
                                                           const Configuration& configuration) {
  const auto rows = session.connections();
  if (!rows) return fail(rows.error());
  std::vector<std::string_view> names = {"*"};
  for (const store::ConnectionRow& row : *rows) names.push_back(row.connection.name);
  std::vector<ConfigurationProblem> problems;
  for (std::size_t i = 0; i < configuration.policies.size(); ++i) {
    for (const std::string& channel : configuration.policies[i].channels) {
      if (std::ranges::find(names, channel) != names.end()) continue;
      const std::string_view near = nearest_word(channel, names);
      problems.push_back({configuration.file, configuration.channel_lines.at(i),
                          fmt::format("[[policy]]: there is no connection '{}'", single_line(channel)),
                          near.empty() ? "channels names connections; \"*\" is all of them"
                                       : fmt::format("did you mean '{}'?", near)});
    }
  }
  return problems;
}

Result<std::vector<ConfigurationProblem>> unknown_discoveries(store::Session& session,
                                                              const Configuration& configuration) {
  const auto rows = session.discoveries();
  if (!rows) return fail(rows.error());
  std::vector<std::string_view> names;
  for (const store::DiscoveryRow& row : *rows) names.push_back(row.discovery.name);
  std::vector<ConfigurationProblem> problems;
  for (std::size_t i = 0; i < configuration.schedules.size(); ++i) {
    const std::string& wanted = configuration.schedules[i].discovery;
    if (wanted.empty() || std::ranges::find(names, wanted) != names.end()) continue;
    const std::string_view near = nearest_word(wanted, names);
    problems.push_back(
        {configuration.file, configuration.discovery_lines.at(i),
         fmt::format("[[schedule]]: there is no discovery '{}'", single_line(wanted)),
         near.empty() ? "add a [[discovery]] of that name" : fmt::format("did you mean '{}'?", near)});
  }
  return problems;
}

}  // namespace

Result<std::vector<ConfigurationProblem>> unknown_names(store::Session& session,
                                                        const Configuration& configuration) {
  auto problems = unknown_channels(session, configuration);
  if (!problems) return problems;
  auto more = unknown_discoveries(session, configuration);
  if (!more) return more;
  std::ranges::move(*more, std::back_inserter(*problems));
  return problems;
}

Result<ApplyReport> apply(store::Session& session, const Configuration& configuration, Prune prune) {
  return Application(session, configuration, prune).run();
}

}  // namespace certherald::app
