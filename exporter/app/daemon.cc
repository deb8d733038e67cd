#include "exporter/app/daemon.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <fstream>
#include <future>
#include <iostream>
#include <set>
#include <sstream>

#include "exporter/app/fleet.h"
#include "exporter/app/log.h"
#include "exporter/app/real_clock.h"
#include "exporter/app/runner.h"
#include "exporter/config/kubeconfig.h"
#include "exporter/sources/registry.h"
#include "exporter/store/ledger.h"
#include "exporter/web/build_info.h"

namespace batchslo {
namespace {

constexpr std::chrono::milliseconds kBetweenEvaluations{250};  // however fast facts come
constexpr Duration kForgetAfter = hours{24}, kBetweenPrunes = hours{1};

std::uint32_t HashOf(const std::string& text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

// Wakes the main loop from any thread.
class Waker {
 public:
  Waker() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Waker() { close(fd_); }
  void Wake() const {
    const std::uint64_t one = 1;
    static_cast<void>(!write(fd_, &one, sizeof one));
  }
  void Clear() const {
    std::uint64_t count = 0;
    static_cast<void>(!read(fd_, &count, sizeof count));
  }
  int Fd() const { return fd_; }

 private:
  int fd_;
};

class Daemon {
 public:
  Daemon(const DaemonOptions& options, Log log) : options_(options), log_(std::move(log)) {}

  int Run();

 private:
  Result<void> Start();
  Result<void> OpenLedger();
  void LoadLedger();
  void Adopt(ConfigResult result);
  void StartSources();
  Result<void> Serve();
  void Loop(int signals);
  void AnswerReloads();
  bool HandleSignals(int fd);
  void ApplyFacts();
  void Evaluate();
  void Publish(std::vector<std::shared_ptr<const JobState>> jobs, double took);
  void Housekeep(TimePoint now);
  ReloadOut Reload();
  ReloadOut ReloadFromOutside();
  void CheckFile();
  PushOut Push(const PushIn& in);
  Result<void> Store(Report report);
  Known KnownOf(const std::string& source);
  SourceServices ServicesFor(const std::string& source);
  TimePoint NextDue(const std::string& source, TimePoint now);
  bool Ready();

  const DaemonOptions options_;
  Log log_;
  RealClock clock_;
  std::unique_ptr<HttpClient> http_ = MakeHttpClient("batchslo_exporter/" + std::string(kVersion));
  Waker waker_;
  std::unique_ptr<Ledger> ledger_;
  std::string notice_;
  Tracker tracker_;  // the main thread's
  std::shared_ptr<const Config> config_;  // swapped whole
  ConfigState config_state_;              // guarded by mutex_
  std::string config_text_;               // guarded by mutex_
  std::string seen_file_;                 // contents at the last check; the main thread's
  std::mutex mutex_;
  std::deque<Report> arrived_;                                       // durable, not yet judged; guarded by mutex_
  std::map<std::string, std::shared_ptr<SourceRunner>> runners_;     // guarded by mutex_
  std::map<std::string, Known> known_;                               // what sources that start may ask; guarded by mutex_
  std::map<std::string, std::string> failed_sources_;                // that could not be made, and why; guarded by mutex_
  std::vector<std::shared_ptr<std::promise<ReloadOut>>> reloads_;     // asked for over HTTP; guarded by mutex_
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<Snapshot>();  // swapped whole
  TimePoint pruned_{};
  SteadyPoint evaluated_{}, checked_{};
  std::atomic<bool> judged_ = false;
  std::unique_ptr<Server> server_;
};

Result<void> Daemon::Store(Report report) {
  if (report.empty()) return {};
  const auto stored = ledger_->Append(report);
  if (!stored) return stored;
  {
    const std::lock_guard lock(mutex_);
    arrived_.push_back(std::move(report));
  }
  waker_.Wake();
  return {};
}

Known Daemon::KnownOf(const std::string& source) {
  const std::lock_guard lock(mutex_);
  return known_[source];
}

SourceServices Daemon::ServicesFor(const std::string& source) {
  return {*http_, clock_, log_, [this](Report report) { return Store(std::move(report)); }, [this, source] { return KnownOf(source); },
          [](const std::string& file, const std::string& context) { return ReadKubeconfig(file, context); }};
}

// When the next window of a job with something in this source closes.
TimePoint Daemon::NextDue(const std::string& source, TimePoint now) {
  TimePoint next = TimePoint::max();
  for (const auto& job : std::atomic_load(&snapshot_)->jobs) {
    const bool concerns = std::any_of(job->outputs.begin(), job->outputs.end(), [&](const OutputState& output) { return output.source == source; });
    if (!concerns) continue;
    for (std::size_t i = 0; i < job->objectives.size(); ++i) {
      if (!job->objectives[i].next_due) continue;
      const TimePoint end = *job->objectives[i].next_due + job->def->objectives[i].grace;
      if (end > now) next = std::min(next, end);
    }
  }
  return next;
}

Result<void> Daemon::OpenLedger() {
  LedgerOptions ledger;
  ledger.path = StorePath(options_.store, config_->store);
  ledger.retention = config_->retention;
  ledger.staleness = [this](const std::string& source) {
    const auto config = std::atomic_load(&config_);
    for (const SourceDef& def : config->fleet.sources) {
      if (def.name == source) return def.staleness;
    }
    return Duration{0};
  };
  auto opened = Ledger::Open(std::move(ledger));
  if (!opened) return opened.GetError();
  ledger_ = std::move(opened).Value();
  notice_ = ledger_->Notice();
  if (!notice_.empty()) log_(LogLevel::kError, notice_);
  return {};
}

void Daemon::LoadLedger() {
  const auto loaded = ledger_->ForEach([&](const Fact& fact) { tracker_.Apply(fact); });
  if (!loaded) log_(LogLevel::kError, "the ledger could not be read: " + loaded.Message());
  const auto memories = ledger_->Recall();
  if (memories) {
    for (const auto& memory : *memories) tracker_.SetMemory(memory.job, memory.text);
  }
  const auto totals = ledger_->Totals();
  if (totals) {
    for (const RunTotals& total : *totals) tracker_.SetTotals(total.job, total.completed, total.failed);
  }
}

// A good configuration comes into force: jobs first, then sources, so that no fact comes for a job that is not there.
void Daemon::Adopt(ConfigResult result) {
  auto config = std::make_shared<const Config>(*std::move(result.config));
  std::atomic_store(&config_, config);
  tracker_.SetDefine(MakeDefine(config, log_));
  tracker_.SetFleet(config->fleet);
  const std::lock_guard lock(mutex_);
  config_state_.last_reload_ok = true;
  config_state_.last_reload_success = clock_.Now();
  config_state_.error.clear();
  config_state_.file = options_.config_file;
  config_state_.hash = HashOf(result.text);
  config_text_ = result.text;
}

void Daemon::StartSources() {
  const auto config = std::atomic_load(&config_);
  std::vector<std::shared_ptr<SourceRunner>> ended;
  {
    const std::lock_guard lock(mutex_);
    failed_sources_.clear();
    for (auto at = runners_.begin(); at != runners_.end();) {
      const bool stays = std::any_of(config->sources.begin(), config->sources.end(), [&](const SourceConfig& source) { return source == at->second->Config(); });
      if (!stays) ended.push_back(std::move(at->second));
      at = stays ? std::next(at) : runners_.erase(at);
    }
  }
  ended.clear();
  const auto& kinds = SourceKinds();
  for (const SourceConfig& source : config->sources) {
    Known known;
    for (const auto& job : tracker_.KnownJobs(source.name)) known.jobs.push_back({job.job, job.scope});
    for (const auto& run : tracker_.RunningRuns(source.name)) known.running.push_back({run.job, run.run_id, run.scope, run.started});
    {
      const std::lock_guard lock(mutex_);
      if (runners_.contains(source.name)) continue;
      known_[source.name] = std::move(known);
    }
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const SourceKind& row) { return row.spec.kind == source.kind; });
    const SourceServices services = ServicesFor(source.name);
    auto made = kind->make(source, services);
    if (!made) log_(LogLevel::kError, "source " + source.name + ": " + made.Message());
    std::shared_ptr<SourceRunner> runner;
    if (made) runner = std::make_shared<SourceRunner>(source, std::move(made).Value(), services, [this, name = source.name](TimePoint now) { return NextDue(name, now); });
    const std::lock_guard lock(mutex_);
    if (runner) {
      runners_[source.name] = std::move(runner);
    } else {
      failed_sources_[source.name] = made.Message();
    }
  }
}

void Daemon::ApplyFacts() {
  std::deque<Report> reports;
  {
    const std::lock_guard lock(mutex_);
    reports.swap(arrived_);
  }
  for (Report& report : reports) {
    // What is said of a job counts before what came with it: a pause judges by what was known before.
    std::stable_partition(report.begin(), report.end(), [](const Fact& fact) { return std::holds_alternative<JobFact>(fact.what); });
    for (const Fact& fact : report) tracker_.Apply(fact);
  }
}

void Daemon::Evaluate() {
  ApplyFacts();
  const TimePoint now = clock_.Now();
  const SteadyPoint began = clock_.Steady();
  const auto before = std::atomic_load(&snapshot_);
  const IsUp is_up = [&](const std::string& source, const std::string& scope) {
    const auto at = std::find_if(before->sources.begin(), before->sources.end(), [&](const SourceState& state) { return state.name == source; });
    if (at == before->sources.end() || !at->up) return false;
    const auto found = std::find_if(at->scopes.begin(), at->scopes.end(), [&](const auto& s) { return s.name == scope; });
    return found == at->scopes.end() ? true : found->up;
  };
  auto jobs = tracker_.Evaluate(now, is_up);
  evaluated_ = clock_.Steady();
  Publish(std::move(jobs), std::chrono::duration<double>(evaluated_ - began).count());
  std::vector<Ledger::Memory> changed;
  for (auto& [job, text] : tracker_.TakeChangedMemory()) changed.push_back({job, std::move(text)});
  const auto remembered = ledger_->Remember(changed);
  if (!remembered) log_(LogLevel::kError, remembered.Message());
}

void Daemon::Publish(std::vector<std::shared_ptr<const JobState>> jobs, double took) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->at = clock_.Now();
  snapshot->evaluation_seconds = took;
  snapshot->jobs = std::move(jobs);
  snapshot->store = ledger_->State();
  std::vector<std::shared_ptr<SourceRunner>> runners;
  const auto config = std::atomic_load(&config_);
  {
    const std::lock_guard lock(mutex_);
    snapshot->config = config_state_;
    for (const SourceConfig& source : config->sources) {
      const auto at = runners_.find(source.name);
      if (at != runners_.end()) runners.push_back(at->second);
      if (at != runners_.end()) continue;
      SourceState state;
      state.name = source.name;
      state.kind = source.kind;
      state.error = failed_sources_[source.name];
      snapshot->sources.push_back(std::move(state));
    }
  }
  for (const auto& runner : runners) snapshot->sources.push_back(runner->Health());
  std::atomic_store(&snapshot_, std::shared_ptr<const Snapshot>(std::move(snapshot)));
}

// A source that could not be made (a kubeconfig that is not there yet) is tried again with the housekeeping.
void Daemon::Housekeep(TimePoint now) {
  bool failed = false;
  {
    const std::lock_guard lock(mutex_);
    failed = !failed_sources_.empty();
  }
  if (failed) StartSources();
  if (now - pruned_ < kBetweenPrunes && now >= pruned_) return;
  pruned_ = now;
  tracker_.Trim(now);
  const auto forgotten = tracker_.Forget(now, kForgetAfter);
  if (!forgotten.empty()) static_cast<void>(ledger_->Forget(forgotten).Ok());
  const auto pruned = ledger_->Prune(now);
  if (!pruned) log_(LogLevel::kWarn, "the ledger could not be pruned: " + pruned.Message());
}

// Any thread asks, the main thread does it.
ReloadOut Daemon::Reload() {
  ConfigResult result = LoadConfig(options_.config_file, options_.kubeconfig);
  if (!result.config) {
    const std::string text = result.Faults();
    log_(LogLevel::kError, "the configuration was not reloaded, the one before stays in force: " + text);
    const std::lock_guard lock(mutex_);
    config_state_.last_reload_ok = false;
    config_state_.error = text;
    return {false, text};
  }
  Adopt(std::move(result));
  const auto stored = Store(ConfiguredFacts(*std::atomic_load(&config_), clock_.Now()));
  if (!stored) log_(LogLevel::kError, stored.Message());
  ApplyFacts();
  StartSources();
  log_(LogLevel::kInfo, "the configuration was reloaded");
  return {true, "reloaded\n"};
}

ReloadOut Daemon::ReloadFromOutside() {
  auto asked = std::make_shared<std::promise<ReloadOut>>();
  auto answer = asked->get_future();
  {
    const std::lock_guard lock(mutex_);
    reloads_.push_back(asked);
  }
  waker_.Wake();
  if (answer.wait_for(std::chrono::seconds(10)) != std::future_status::ready) return {false, "the reload takes longer than 10 s; see the log\n"};
  return answer.get();
}

// A mounted ConfigMap changes by a swapped link: only the contents tell.
void Daemon::CheckFile() {
  std::ifstream file(options_.config_file, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.str() == seen_file_) return;
  seen_file_ = text.str();
  Reload();
}

PushOut Daemon::Push(const PushIn& in) {
  std::vector<std::shared_ptr<SourceRunner>> receivers;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, runner] : runners_) {
      if (runner->Receiver()) receivers.push_back(runner);
    }
  }
  PushReply reply{404, "no such job, or the wrong token", {}};
  for (const auto& runner : receivers) {
    reply = runner->Receiver()({in.job, in.authorization, in.content_type, in.body, in.query}, clock_.Now());
    if (reply.status != 404) break;
  }
  if (reply.status != 200) return {reply.status, reply.message, reply.status == 503 ? 5 : 0};
  const auto stored = Store(std::move(reply.facts));
  if (stored && reply.stored) reply.stored();
  return stored ? PushOut{200, reply.message, 0} : PushOut{503, stored.Message(), 5};
}

bool Daemon::Ready() {
  if (!judged_) return false;
  const std::lock_guard lock(mutex_);
  const bool none = runners_.empty() && failed_sources_.empty();
  return none || !failed_sources_.empty() || std::any_of(runners_.begin(), runners_.end(), [](const auto& entry) { return entry.second->Tried(); });
}

Result<void> Daemon::Serve() {
  Handlers handlers;
  handlers.snapshot = [this] { return std::atomic_load(&snapshot_); };
  handlers.now = [this] { return clock_.Now(); };
  handlers.ready = [this] { return Ready(); };
  handlers.heartbeat = [this](const PushIn& in) { return Push(in); };
  handlers.reload = [this] { return ReloadFromOutside(); };
  handlers.config_text = [this] {
    const std::lock_guard lock(mutex_);
    return config_text_;
  };
  handlers.notice = notice_;
  auto server = Server::Start(options_.server, std::move(handlers));
  if (!server) return server.GetError();
  server_ = std::move(server).Value();
  const std::vector<std::uint16_t> ports = server_->Ports();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string& address = options_.server.listen[i];
    log_(LogLevel::kInfo, "listening on " + address.substr(0, address.rfind(':')) + ":" + std::to_string(ports[i]));
  }
  const bool loopback = std::all_of(options_.server.listen.begin(), options_.server.listen.end(), [](const std::string& a) { return a.starts_with("127.") || a.starts_with("localhost") || a.starts_with("[::1]"); });
  log_(loopback ? LogLevel::kInfo : LogLevel::kWarn, loopback ? "only this machine can reach it; --web.listen-address opens it to others"
                                                              : "it is open to the network without TLS or passwords: this version is meant to stand behind something that guards it");
  return {};
}


// True: it is time to end.
bool Daemon::HandleSignals(int fd) {
  signalfd_siginfo info{};
  bool reload = false;
  while (read(fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo != SIGHUP) return true;
    reload = true;
  }
  if (reload) Reload();
  return false;
}

void Daemon::AnswerReloads() {
  std::vector<std::shared_ptr<std::promise<ReloadOut>>> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(reloads_);
  }
  if (asked.empty()) return;
  const ReloadOut out = Reload();
  for (const auto& promise : asked) promise->set_value(out);
}

void Daemon::Loop(int signals) {
  const auto every = std::chrono::duration_cast<std::chrono::milliseconds>(*ParseDuration(options_.evaluation_interval));
  const auto check_every = *ParseDuration(options_.auto_reload_interval);
  for (;;) {
    pollfd fds[2] = {{signals, POLLIN, 0}, {waker_.Fd(), POLLIN, 0}};
    poll(fds, 2, static_cast<int>(every.count()));
    waker_.Clear();
    if (HandleSignals(signals)) return;
    AnswerReloads();
    if (options_.auto_reload && !options_.config_file.empty() && clock_.Steady() - checked_ >= check_every) {
      checked_ = clock_.Steady();
      CheckFile();
    }
    const auto since = clock_.Steady() - evaluated_;
    if (since < kBetweenEvaluations) {
      pollfd signal_only{signals, POLLIN, 0};
      poll(&signal_only, 1, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(kBetweenEvaluations - since).count()));
      if (HandleSignals(signals)) return;
    }
    Evaluate();
    judged_ = true;
    Housekeep(clock_.Now());
  }
}

Result<void> Daemon::Start() {
  auto opened = OpenLedger();
  if (!opened) return opened;
  tracker_.SetFleet(config_->fleet);
  LoadLedger();
  const auto stored = ledger_->Append(ConfiguredFacts(*config_, clock_.Now()));
  if (!stored) return stored;
  for (const Fact& fact : ConfiguredFacts(*config_, clock_.Now())) tracker_.Apply(fact);
  Publish(tracker_.Evaluate(clock_.Now(), {}), 0);
  return {};
}

int Daemon::Run() {
  sigset_t mask;
  sigemptyset(&mask);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, signal);
  pthread_sigmask(SIG_BLOCK, &mask, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const int signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
  auto config = LoadConfig(options_.config_file, options_.kubeconfig);
  if (!config.config) return log_(LogLevel::kError, "the configuration is not good"), std::cerr << config.Faults(), 2;
  seen_file_ = config.text;
  Adopt(std::move(config));
  auto started = Start();
  if (started) started = Serve();
  if (!started) return log_(LogLevel::kError, started.Message()), 1;
  StartSources();
  Loop(signals);
  log_(LogLevel::kInfo, "ending");
  server_.reset();
  {
    std::map<std::string, std::shared_ptr<SourceRunner>> runners;
    {
      const std::lock_guard lock(mutex_);
      runners.swap(runners_);
    }
  }
  ApplyFacts();
  close(signals);
  return 0;
}

}  // namespace

int RunDaemon(const DaemonOptions& options, std::ostream& out, std::ostream& err) {
  auto log = MakeLog(options.log_level, options.log_format);
  if (!log) return err << "batchslo_exporter: " << log.Message() << "\n", 2;
  for (const std::string& interval : {options.auto_reload_interval, options.evaluation_interval}) {
    const auto duration = ParseDuration(interval);
    if (!duration || *duration < std::chrono::milliseconds(100)) return err << "batchslo_exporter: an interval must be a duration of at least 100ms, not \"" << interval << "\"\n", 2;
  }
  static_cast<void>(out);
  return Daemon(options, std::move(log).Value()).Run();
}

}  // namespace batchslo
