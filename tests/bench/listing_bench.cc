// I2: 10,000 CronJobs and 100,000 Jobs through the real `kubernetes` source and the real HTTP client, from a server of another
// process on loopback. CPU: that of this process until both kinds have been listed whole, less what the tracker took to
// apply the facts (the ledger is not there). Peak: the highest that was resident, less what stays.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "exporter/app/real_clock.h"
#include "exporter/core/tracker.h"
#include "exporter/sources/registry.h"
#include "tests/bench/kube_server.h"
#include "tests/bench/measure.h"

namespace batchslo::bench {
namespace {

constexpr std::size_t kCronJobs = 10'000, kJobs = 100'000;
constexpr auto kPatience = std::chrono::minutes{5};

JobDef Discovered(const JobDef*, const std::string& name, const SourceDef&, const std::map<std::string, std::string>&) {
  JobDef def;
  def.name = name;
  def.objectives = {DerivedObjective("warning")};
  return def;
}

// Takes facts as the daemon does, and knows when both lists are whole: then the source tells its first view.
class Receiver {
 public:
  Receiver() {
    SourceDef cluster{"gke", "kubernetes", Coverage::kJoins, seconds{180}};
    cluster.discovers = true;
    Fleet fleet;
    fleet.sources = {cluster};
    tracker_.SetFleet(fleet);
  }

  Result<void> Take(const Report& report) {
    const std::lock_guard lock(mutex_);
    applying_ += CpuOf([&] {
      for (const Fact& fact : report) tracker_.Apply(fact);
    });
    for (const Fact& fact : report) {
      runs_ += std::holds_alternative<RunFact>(fact.what) ? 1 : 0;
      done_ = done_ || std::holds_alternative<ViewFact>(fact.what);
    }
    if (done_) told_.notify_all();
    return {};
  }

  void Await() {
    std::unique_lock lock(mutex_);
    if (!told_.wait_for(lock, kPatience, [this] { return done_; })) throw std::runtime_error("the lists did not come to an end");
    if (tracker_.KnownJobs("gke").size() != kCronJobs || runs_ != kJobs) throw std::runtime_error("what was listed is not what was served");
  }

  double Applying() const { return applying_; }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  Tracker tracker_{Discovered};
  double applying_ = 0;
  std::size_t runs_ = 0;
  bool done_ = false;
};

SourceConfig ConfigOf() {
  SourceConfig config;
  config.name = "gke";
  config.kind = "kubernetes";
  config.options.Set("kubeconfig", std::string("none"));
  config.options.Set("discover", std::string("cronjobs"));
  config.options.Set("controller_timezone", std::string("UTC"));
  config.staleness = seconds{180};
  return config;
}

struct Cost {
  double cpu, tracker, peak;
};

Cost List(const std::string& server) {
  RealClock clock;
  Receiver receiver;
  const auto http = MakeHttpClient("batchslo_bench");
  const SourceServices services{*http, clock, [](LogLevel, std::string_view message) { Note("%.*s", static_cast<int>(message.size()), message.data()); },
                                [&](const Report& report) { return receiver.Take(report); }, {},
                                [&](const std::string&, const std::string&) -> Result<KubeAccess> {
                                  KubeAccess access;
                                  access.server = server;
                                  return access;
                                }};
  const auto& kinds = SourceKinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [](const SourceKind& row) { return row.spec.kind == "kubernetes"; });
  auto source = kind->make(ConfigOf(), services);
  if (!source) throw std::runtime_error(source.Message());
  static_cast<void>(Resident());
  ForgetPeak();
  const double before = ProcessSeconds();
  std::jthread follower([&](std::stop_token stop) { source->follower->Run(std::move(stop)); });
  receiver.Await();
  const double spent = ProcessSeconds() - before;
  const double peak = PeakResident();
  follower.request_stop();
  follower.join();
  return {spent - receiver.Applying(), receiver.Applying(), peak - Resident()};
}

}  // namespace

void BenchListing() {
  const KubeServer server(kCronJobs, kJobs);
  const std::string address = "http://127.0.0.1:" + std::to_string(server.Port());
  const Cost plain = List(address), gzip = List(address + "/gzip");
  Note("plain: listing %.2f CPU-s, tracker %.2f CPU-s, peak %.0f MB over steady; gzip: %.2f, %.2f, %.0f", plain.cpu, plain.tracker, plain.peak / 1e6, gzip.cpu,
       gzip.tracker, gzip.peak / 1e6);
  Print({"I2", plain.cpu, "CPU-s", 2, 3});
  Print({"I2m", plain.peak / 1e6, "MB", 64, 128});
}

}  // namespace batchslo::bench
