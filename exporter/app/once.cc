// Tested by tests/daemon/status_test.py.
#include "exporter/app/once.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <ostream>

#include "exporter/app/fleet.h"
#include "exporter/app/log.h"
#include "exporter/app/real_clock.h"
#include "exporter/app/runner.h"
#include "exporter/config/kubeconfig.h"
#include "exporter/config/registry_get.h"
#include "exporter/config/registry_rows.h"
#include "exporter/sources/registry.h"
#include "exporter/store/ledger.h"
#include "exporter/web/build_info.h"

namespace batchslo {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{20};
constexpr const char* kNotReceived = "heartbeats reach only a running daemon; here only its ledger tells of them (--store)";

// What the sources say, until it is judged.
class Inbox {
 public:
  Result<void> Take(Report report) {
    const std::lock_guard lock(mutex_);
    reports_.push_back(std::move(report));
    return {};
  }
  std::deque<Report> Empty() {
    const std::lock_guard lock(mutex_);
    return std::exchange(reports_, {});
  }

 private:
  std::mutex mutex_;
  std::deque<Report> reports_;  // guarded by mutex_
};

class OnceRunner {
 public:
  OnceRunner(const Config& config, const OnceOptions& options, Log log) : options_(options), log_(std::move(log)), config_(std::make_shared<const Config>(WithRows(config))) {
    tracker_.SetDefine(MakeDefine(config_, log_));
    tracker_.SetFleet(config_->fleet);
  }

  // All are asked to stop before the first is waited for.
  ~OnceRunner() {
    for (const auto& runner : runners_) runner->RequestStop();
  }

  Result<void> ReadStore() {
    if (options_.store.empty()) return {};
    return ReadLedger(StorePath(options_.store, ""), [this](const Fact& fact) { tracker_.Apply(fact); });
  }

  std::shared_ptr<const Snapshot> Judge() {
    ApplyReport(tracker_, ConfiguredFacts(config_->fleet.jobs, clock_.Now()));
    for (const SourceConfig& source : config_->sources) Start(source);
    const SteadyPoint until = clock_.Steady() + options_.timeout;
    const auto settled = [](const auto& runner) { return HasAnswered(*runner); };
    while (clock_.Steady() < until && !std::all_of(runners_.begin(), runners_.end(), settled)) clock_.WaitFor(kBetweenLooks, {});
    for (Report& report : inbox_.Empty()) ApplyReport(tracker_, std::move(report));
    return Publish();
  }

 private:
  // The configuration with the rows of its registries, each looked at once.
  Config WithRows(const Config& config) {
    RegistryTables tables;
    for (const RegistryDef& registry : config.registries) {
      RegistryState& state = registries_.emplace_back();
      state.name = registry.name;
      state.kind = registry.kind;
      const TimePoint now = clock_.Now();
      auto table = LookAtRegistry(registry, *http_, clock_, clock_.Steady() + std::min<Duration>(registry.timeout, options_.timeout));
      state.up = table.Ok();
      if (table) {
        state.last_success = now;
        tables[registry.name] = std::make_shared<const RegistryTable>(std::move(table).Value());
      } else {
        state.error = table.Message();
      }
    }
    Registered registered = CompleteByRegistries(config, tables);
    for (RegistryState& state : registries_) {
      if (tables.contains(state.name)) state.reading = registered.readings.at(state.name);
    }
    return std::move(registered.config);
  }

  // Polled, or followed until every scope was seen or said why not.
  static bool HasAnswered(SourceRunner& runner) {
    if (!runner.Tried()) return false;
    const SourceState health = runner.Health();
    const bool follows = health.poll_seconds_buckets.empty();
    return !follows || health.complete || (health.up && std::all_of(health.scopes.begin(), health.scopes.end(), [](const auto& scope) { return scope.up || !scope.error.empty(); }));
  }

  void Start(SourceConfig source) {
    source.timeout = std::min<Duration>(source.timeout, options_.timeout);
    const SourceServices services = ServicesFor(source.name);
    auto made = KindOf(source).make(source, services);
    // A listener that is not there must not say that it listens: silence would then prove a miss.
    if (!made || made->receive) return health_.push_back(Unasked(source, made ? kNotReceived : made.Message()));
    runners_.push_back(std::make_unique<SourceRunner>(source, std::move(made).Value(), services));
  }

  static SourceState Unasked(const SourceConfig& source, const std::string& error) {
    SourceState state;
    state.name = source.name;
    state.kind = source.kind;
    state.error = error;
    return state;
  }

  SourceServices ServicesFor(const std::string& source) {
    return {*http_, clock_, log_, [this](Report report) { return inbox_.Take(std::move(report)); },
            [known = KnownOf(tracker_, source)] { return known; }, ReadKubeconfig};
  }

  std::shared_ptr<const Snapshot> Publish() {
    auto snapshot = std::make_shared<Snapshot>();
    for (const auto& runner : runners_) health_.push_back(runner->Health());
    for (const SourceConfig& source : config_->sources) {
      const auto at = std::find_if(health_.begin(), health_.end(), [&](const SourceState& state) { return state.name == source.name; });
      snapshot->sources.push_back(std::move(*at));
      if (snapshot->sources.back().error.empty() && !snapshot->sources.back().up) snapshot->sources.back().error = "no answer in time; --timeout gives it longer";
    }
    snapshot->at = clock_.Now();
    snapshot->jobs = tracker_.Evaluate(snapshot->at, {});
    snapshot->registries = registries_;
    for (RegistryState& registry : snapshot->registries) registry.unknown = UnknownOf(registry, snapshot->jobs);
    return snapshot;
  }

  const OnceOptions options_;
  const Log log_;
  RealClock clock_;
  std::unique_ptr<HttpClient> http_ = MakeHttpClient("batchslo_exporter/" + std::string(kVersion));
  std::vector<RegistryState> registries_;
  const std::shared_ptr<const Config> config_;
  Inbox inbox_;
  Tracker tracker_;
  std::vector<SourceState> health_;
  std::vector<std::unique_ptr<SourceRunner>> runners_;  // end first
};

}  // namespace

std::shared_ptr<const Snapshot> JudgeWithoutDaemon(const OnceOptions& options, std::ostream& err) {
  const ConfigResult loaded = LoadConfig(options.config_file, options.kubeconfig);
  if (!loaded.config) return err << loaded.Faults(), nullptr;
  OnceRunner runner(*loaded.config, options, *MakeLog("error", "logfmt"));
  const auto read = runner.ReadStore();
  if (!read) return err << "status: " << read.Message() << "\n", nullptr;
  return runner.Judge();
}

}  // namespace batchslo
