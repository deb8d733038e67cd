#include "tests/sim/process.h"

#include <algorithm>

#include "exporter/app/fleet.h"
#include "exporter/sources/kubernetes_targets.h"
#include "exporter/sources/registry.h"
#include "tests/sim/plan.h"

namespace sim {

using namespace batchslo;

// One source, as SourceRunner and KubernetesFollower drive it, but on fibers.
struct Process::Driven {
  SourceConfig config;
  SourceServices services;
  Source source;  // of a polled one
  std::unique_ptr<Poller> poller;
  std::unique_ptr<KubeCredentials> credentials;
  std::unique_ptr<KubeShared> shared;
  std::vector<std::unique_ptr<Reflector>> reflectors;
  std::stop_source stop;
  std::vector<Fibers::Id> fibers;
};

Result<void> FickleLedger::Append(const Report& report) {
  if (is_full) return Full();
  waiting_.insert(waiting_.end(), report.begin(), report.end());
  const bool is_waited_for = std::any_of(report.begin(), report.end(), [](const Fact& fact) { return std::holds_alternative<RunFact>(fact.what); });
  if (!is_waited_for && waiting_.size() < 100) return {};
  return ledger_->Append(std::exchange(waiting_, {}));
}

void FickleLedger::Flush() {
  if (!waiting_.empty()) static_cast<void>(ledger_->Append(std::exchange(waiting_, {})).Ok());
}

Process::Process(const World& world, const std::string& ledger, std::string text) : world_(world) {
  ConfigResult parsed = ParseConfig(std::move(text), "sim.yml", SourceSpecs());
  if (!parsed.config) {
    broken_ = parsed.Faults();
    return;
  }
  config_ = std::make_unique<LiveConfig>("sim.yml", std::move(parsed), world_.clock.Now());
  LedgerOptions options;
  options.path = ledger;
  options.retention = config_->Get()->retention;
  options.staleness = [this](const std::string& source) { return config_->StalenessOf(source); };
  auto opened = Ledger::Open(std::move(options));
  if (!opened || !(*opened)->Notice().empty()) {
    broken_ = opened ? (*opened)->Notice() : opened.Message();
    return;
  }
  ledger_ = std::make_unique<FickleLedger>(std::move(opened).Value());
  inbox_ = std::make_unique<Inbox>(*ledger_, [] { return Redactor(); }, [] {});
  evaluation_ = std::make_unique<Evaluation>(*ledger_, *inbox_, *config_, world_.clock, [](LogLevel, std::string_view) {});
  Adopt({});
  Judge();
  Run();
}

Process::~Process() {
  for (auto& [name, driven] : sources_) End(*driven);
}

// As the daemon does it.
void Process::Adopt(const Fleet& before) {
  evaluation_->Adopt();
  for (const auto& job : config_->Get()->fleet.jobs) {
    if (std::find(before.jobs.begin(), before.jobs.end(), job) == before.jobs.end()) untold_.push_back(job);
  }
  TellJobs();
}

void Process::TellJobs() {
  if (untold_.empty() || !Sink(ConfiguredFacts(untold_, world_.clock.Now()))) return;
  untold_.clear();
  evaluation_->Apply();
}

void Process::Reload(std::string text) {
  ConfigResult parsed = ParseConfig(std::move(text), "sim.yml", SourceSpecs());
  if (!parsed.config) return void(broken_ = parsed.Faults());
  const auto before = config_->Get();
  config_->Accept(std::move(parsed), {}, world_.clock.Now());
  Adopt(before->fleet);
  Judge();
  Run();
}

void Process::Run() {
  const auto config = config_->Get();
  for (auto at = sources_.begin(); at != sources_.end();) {
    const bool stays = std::any_of(config->sources.begin(), config->sources.end(), [&](const SourceConfig& source) { return source == at->second->config; });
    if (!stays) End(*at->second);
    at = stays ? std::next(at) : sources_.erase(at);
  }
  for (const SourceConfig& source : config->sources) {
    if (!sources_.contains(source.name)) Drive(source);
  }
}

SourceServices Process::ServicesOf(const std::string& source) {
  return {world_.network, world_.clock, [](LogLevel, std::string_view) {}, [this](Report report) { return Sink(std::move(report)); },
          [known = evaluation_->KnownOf(source)] { return known; }, {}, [this, source](TimePoint now) { return evaluation_->NextDue(source, now); }};
}

void Process::Drive(const SourceConfig& source) {
  auto driven = std::unique_ptr<Driven>(new Driven{source, ServicesOf(source.name), {}, {}, {}, {}, {}, {}, {}});
  source.kind == "kubernetes" ? DriveCluster(*driven) : DrivePolled(*driven, KindOf(source));
  sources_[source.name] = std::move(driven);
}

void Process::DrivePolled(Driven& driven, const SourceKind& kind) {
  auto made = kind.make(driven.config, driven.services);
  if (!made) return void(broken_ = made.Message());
  driven.source = std::move(made).Value();
  driven.poller = std::make_unique<Poller>(driven.config, driven.source.poll, driven.services, 1u);
  driven.fibers.push_back(world_.fibers.Spawn([this, &driven, &clock = world_.clock] {
    while (!driven.stop.stop_requested()) {
      driven.poller->Poll();
      only_poisoned_ = driven.config.name == kPoison;
      clock.WaitFor(driven.poller->Pause(), driven.stop.get_token());
    }
  }));
}

void Process::DriveCluster(Driven& driven) {
  KubeAccess access;
  access.server = "https://cluster";
  driven.credentials = std::make_unique<KubeCredentials>(std::move(access), world_.clock);
  driven.shared = std::make_unique<KubeShared>(driven.config, driven.services);
  for (auto& target : KubeTargetsOf(driven.config)) {
    driven.reflectors.push_back(std::make_unique<Reflector>(std::move(target), *driven.shared, *driven.credentials));
    driven.fibers.push_back(world_.fibers.Spawn([&reflector = *driven.reflectors.back(), stop = driven.stop.get_token()] { reflector.Run(stop); }));
  }
}

// At once, whatever it waits for.
void Process::End(Driven& driven) {
  driven.stop.request_stop();
  if (driven.source.stop) driven.source.stop();
  const auto goes_on = [&](Fibers::Id id) { return !world_.fibers.HasEnded(id); };
  while (std::any_of(driven.fibers.begin(), driven.fibers.end(), goes_on)) {
    for (const Fibers::Id id : driven.fibers) world_.fibers.Wake(id);
    world_.fibers.Run(world_.fibers.Now(), [] {});
  }
}

Result<void> Process::Sink(Report report) {
  const Report copy = report;
  const auto stored = inbox_->Store(std::move(report));
  const bool is_poisoned = std::all_of(copy.begin(), copy.end(), [](const Fact& fact) { return fact.source == kPoison; });
  if (!stored || is_poisoned) return stored;
  has_news_ = has_news_ || std::any_of(copy.begin(), copy.end(), [](const Fact& fact) { return !std::holds_alternative<ViewFact>(fact.what); });
  world_.on_stored(copy);
  return stored;
}

int Process::Push(const PushRequest& request) {
  const auto push = sources_.find("push");
  if (push == sources_.end()) return 404;
  PushReply reply = push->second->source.receive(request, world_.clock.Now());
  if (reply.status != 200) return reply.status;
  const auto stored = Sink(std::move(reply.facts));
  if (stored && reply.stored) reply.stored();
  return stored ? 200 : 503;
}

std::vector<SourceState> Process::Health() {
  std::vector<SourceState> states;
  for (const SourceConfig& source : config_->Get()->sources) {
    const auto driven = sources_.find(source.name);
    if (driven != sources_.end()) states.push_back(driven->second->shared ? driven->second->shared->Health() : driven->second->poller->Health());
  }
  return states;
}

void Process::Judge() {
  TellJobs();
  has_news_ = false;
  evaluation_->Run(Health(), {}, {});
  evaluation_->Housekeep();
}

}  // namespace sim
