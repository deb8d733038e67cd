#include "exporter/app/daemon.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <optional>

#include "exporter/app/evaluation.h"
#include "exporter/app/explainer.h"
#include "exporter/app/fleet.h"
#include "exporter/app/hard_end.h"
#include "exporter/app/heap.h"
#include "exporter/app/live_web.h"
#include "exporter/app/log.h"
#include "exporter/app/real_clock.h"
#include "exporter/app/registry_set.h"
#include "exporter/app/signals.h"
#include "exporter/app/source_set.h"
#include "exporter/app/systemd_notify.h"
#include "exporter/app/waker.h"
#include "exporter/config/kubeconfig.h"
#include "exporter/config/read_file.h"
#include "exporter/core/fnv.h"
#include "exporter/web/build_info.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenEvaluations{250};  // however fast facts come
constexpr milliseconds kPatience{4000};           // until it is gone after it was told to end

// "": it can't be read; what it is then said by whoever reads it as a configuration.
std::string Contents(const std::string& file) {
  const auto text = ReadFile(file);
  return text ? *text : "";
}

bool IsLoopback(const std::string& address) {
  return address.starts_with("unix:") || address.starts_with("127.") || address.starts_with("localhost:") || address.starts_with("[::1]");
}

// The threads and their ways to each other. The main thread judges, reloads and ends; sources and the web store into
// the inbox and read the published snapshot.
class Daemon {
 public:
  Daemon(const DaemonOptions& options, Log log, SystemdNotify systemd, LiveConfig& config, LiveWeb& web, Ledger& ledger)
      : options_(options), log_(std::move(log)), systemd_(std::move(systemd)), config_(config), web_(web), ledger_(ledger), seen_file_(config.FileHash()), seen_named_(config.NamedFiles()) {}

  int Run(const Signals& signals);

 private:
  SourceServices Services();
  RegistryServices ServicesOfRegistries();
  Result<void> Begin();
  Result<void> Adopt(const Fleet& before);
  Result<void> TellJobs();
  Result<void> Serve();
  Handlers Faces();
  void TellAddresses() const;
  void Loop(const Signals& signals);
  void RunSources();
  void RunRegistries(const Config& config);
  void TakeTables();
  void Judge();
  ReloadOut Reload();
  ReloadOut ReloadConfig();
  ReloadOut TakeConfig();
  ReloadOut ReloadWeb();
  bool LooksAtConfig() const { return options_.auto_reload && !options_.config_file.empty(); }
  bool LooksAtFiles() const { return LooksAtConfig() || web_.IsNamed(); }
  SteadyPoint NextLook() const { return looked_ + *ParseDuration(options_.auto_reload_interval); }
  void ReloadIfChanged();
  bool HeedZones();
  void AnswerDesks();
  milliseconds Rest();
  void GiveBackWhatWasRead();
  PushOut Push(const PushIn& in);

  const DaemonOptions& options_;
  Log log_;
  const SystemdNotify systemd_;
  std::optional<HardEnd> hard_end_;  // outlives all that could hang
  LiveConfig& config_;
  LiveWeb& web_;
  Ledger& ledger_;
  RealClock clock_;
  std::unique_ptr<HttpClient> http_ = MakeHttpClient("batchslo_exporter/" + std::string(kVersion));
  Waker waker_;
  Inbox inbox_{ledger_, [this] { return config_.Get()->fleet.redactor; }, [this] { waker_.Wake(); }};
  Evaluation evaluation_{ledger_, inbox_, config_, clock_, log_, options_.server.groups_off.contains("trend") ? Foresight::kOff : Foresight::kOn};
  SourceSet sources_{Services(), [this](const std::string& source, TimePoint now) { return evaluation_.NextDue(source, now); }};
  std::atomic<bool> has_tables_ = false;  // other ones than are in force
  RegistrySet registries_{ServicesOfRegistries()};
  Desk<std::monostate, ReloadOut> reload_desk_{[this] { waker_.Wake(); }};
  AloneDesk alone_desk_{[this] { waker_.Wake(); }};
  Explainer explainer_{alone_desk_, ledger_, config_};
  std::uint64_t seen_file_;  // its contents at the last look, hashed
  std::vector<NamedFile> seen_named_;  // what it names, as it was read last
  SteadyPoint looked_{};
  bool was_read_ = true;  // a configuration, and its heap not given back
  std::weak_ptr<const Snapshot> shown_before_;
  std::vector<std::shared_ptr<const JobDef>> untold_;  // jobs of the configuration in force that the ledger has not taken
  std::atomic<bool> judged_ = false;
  std::unique_ptr<Server> server_;  // the last to come, the first to go
};

SourceServices Daemon::Services() {
  return {*http_, clock_, log_, [this](Report report) { return inbox_.Store(std::move(report)); }, {},
          [](const std::string& file, const std::string& context) { return ReadKubeconfig(file, context); }};
}

RegistryServices Daemon::ServicesOfRegistries() {
  const auto wake = [this] {
    has_tables_ = true;
    waker_.Wake();
  };
  return {*http_, clock_, log_, [this](const Ledger::RegistryCopy& copy) { return ledger_.KeepRegistry(copy); }, wake};
}

void Daemon::RunRegistries(const Config& config) {
  registries_.Run(config.registries, [this] {
    auto copies = ledger_.Registries();
    if (!copies) log_(LogLevel::kError, copies.Message());
    return copies ? std::move(copies).Value() : std::vector<Ledger::RegistryCopy>();
  });
  has_tables_ = false;
}

// Other rows are another configuration.
void Daemon::TakeTables() {
  if (!has_tables_.exchange(false)) return;
  const auto before = config_.Get();
  shown_before_ = evaluation_.Current();
  was_read_ = true;
  config_.Take(registries_.Tables());
  const auto told = Adopt(before->fleet);
  if (!told) log_(LogLevel::kError, told.Message());
}

// Jobs first, then sources: no fact comes for a job that is not there.
Result<void> Daemon::Begin() {
  RunRegistries(*config_.Get());
  config_.Take(registries_.Tables());
  auto told = Adopt({});
  if (told) Judge();
  return told;
}

void Daemon::Judge() {
  const auto config = config_.Get();
  evaluation_.Run(sources_.Health(*config), registries_.Health(config->registries, config_.Readings()), web_.State());
  if (server_) server_->Show(evaluation_.Current());
}

// The configuration in force, and what it says of its jobs that it did not say before.
Result<void> Daemon::Adopt(const Fleet& before) {
  evaluation_.Adopt();
  std::set<std::shared_ptr<const JobDef>> told(before.jobs.begin(), before.jobs.end());
  for (const auto& job : untold_) told.erase(job);
  untold_ = config_.Get()->fleet.jobs;
  std::erase_if(untold_, [&](const auto& job) { return told.contains(job); });
  return TellJobs();
}

// In parts, for all at once take a kilobyte a job. What the ledger refuses is told with the next evaluation.
Result<void> Daemon::TellJobs() {
  constexpr std::size_t kPart = 10'000;
  while (!untold_.empty()) {
    const std::span part(untold_.data(), std::min(kPart, untold_.size()));
    auto stored = inbox_.Store(ConfiguredFacts(part, clock_.Now()));
    if (!stored) return stored;
    evaluation_.Apply();
    untold_.erase(untold_.begin(), untold_.begin() + static_cast<std::ptrdiff_t>(part.size()));
  }
  return {};
}

void Daemon::RunSources() {
  sources_.Run(*config_.Get(), [this](const std::string& source) { return evaluation_.KnownOf(source); });
}

ReloadOut Daemon::Reload() {
  const ReloadOut web = ReloadWeb();
  const ReloadOut config = ReloadConfig();
  return {web.good && config.good, web.good ? config.message : config.good ? web.message : web.message + config.message};
}

// A file that is still as bad as it was is told again only to who asks.
ReloadOut Daemon::ReloadWeb() {
  const LiveWeb::Look look = web_.Read(clock_.Now());
  const auto state = web_.State();
  if (look == LiveWeb::Look::kAccepted) log_(LogLevel::kInfo, "the web configuration was reloaded");
  if (look == LiveWeb::Look::kRefused) log_(LogLevel::kError, "the web configuration was not reloaded, the one before stays in force: " + state->error);
  return state && !state->last_reload_ok ? ReloadOut{false, state->error} : ReloadOut{};
}

ReloadOut Daemon::ReloadConfig() {
  systemd_.Reloading(clock_.Steady());
  ReloadOut out = TakeConfig();
  systemd_.Ready();
  return out;
}

ReloadOut Daemon::TakeConfig() {
  HeedZones();
  ConfigResult result = LoadConfig(options_.config_file, options_.kubeconfig);
  seen_named_ = result.named_files;
  if (!result.config) {
    const std::string faults = result.Faults();
    log_(LogLevel::kError, "the configuration was not reloaded, the one before stays in force: " + faults);
    config_.Refuse(faults);
    return {false, faults};
  }
  const auto before = config_.Get();
  shown_before_ = evaluation_.Current();
  was_read_ = true;
  RunRegistries(*result.config);
  config_.Accept(std::move(result), registries_.Tables(), clock_.Now());
  const auto told = Adopt(before->fleet);
  if (!told) log_(LogLevel::kError, told.Message());
  Judge();
  RunSources();
  log_(LogLevel::kInfo, "the configuration was reloaded");
  return {true, "reloaded\n"};
}

// Another tzdata was installed: what deadlines and calendars were worked out from is read again.
bool Daemon::HeedZones() {
  const std::vector<std::string> changed = Zone::Update();
  for (const std::string& zone : changed) log_(LogLevel::kInfo, "the rules of the time zone " + zone + " have changed: jobs are judged by those of the new tzdata");
  if (!changed.empty()) evaluation_.JudgeAnew();
  return !changed.empty();
}

// A mounted ConfigMap changes by a swapped link: only the contents tell. An edit that nobody wants yet is not put in force
// because of another tzdata.
void Daemon::ReloadIfChanged() {
  if (clock_.Steady() < NextLook()) return;
  looked_ = clock_.Steady();
  if (LooksAtFiles()) ReloadWeb();
  const bool other_zones = HeedZones();
  if (!LooksAtConfig() && !other_zones) return;
  const std::string text = Contents(options_.config_file);
  const std::uint64_t hash = Fnv1a<std::uint64_t>::Of(text);
  const bool same_named = std::all_of(seen_named_.begin(), seen_named_.end(), [](const NamedFile& seen) { return LookAt(seen.path, ReadFile(seen.path)) == seen; });
  if (!LooksAtConfig() && !(hash == config_.FileHash() && same_named)) {
    return log_(LogLevel::kWarn, "the dates of calendars go by the new tzdata from the next reload on: the configuration file is not as it was read");
  }
  if (!other_zones && (text.empty() || (hash == seen_file_ && same_named))) return;
  if (!text.empty()) seen_file_ = hash;
  ReloadConfig();
}

PushOut Daemon::Push(const PushIn& in) {
  PushReply reply = sources_.Receive({in.job, in.authorization, in.content_type, in.body, in.query}, clock_.Now());
  if (reply.status != 200) return {reply.status, reply.message, reply.status == 503 ? 5 : 0};
  const auto stored = inbox_.Store(std::move(reply.facts));
  if (stored && reply.stored) reply.stored();
  return stored ? PushOut{200, reply.message, 0} : PushOut{503, stored.Message(), 5};
}

Handlers Daemon::Faces() {
  Handlers faces;
  faces.snapshot = [this] { return evaluation_.Current(); };
  faces.now = [this] { return clock_.Now(); };
  faces.ready = [this] { return judged_ && sources_.AnyTried(); };
  faces.heartbeat = [this](const PushIn& in) { return Push(in); };
  faces.reload = [this] {
    const auto out = reload_desk_.Ask({});
    return out ? *out : ReloadOut{false, out.Message() + "\n"};
  };
  faces.explain = [this](const std::string& job, std::optional<TimePoint> at) { return explainer_.Explain(job, at, *evaluation_.Current(), clock_.Now()); };
  faces.config_text = [this] { return config_.MaskedText(); };
  faces.notice = ledger_.Notice();
  if (web_.IsNamed()) faces.guard = [this] { return web_.Get(); };
  return faces;
}

Result<void> Daemon::Serve() {
  auto server = Server::Start(options_.server, Faces());
  if (!server) return server.GetError();
  server_ = std::move(server).Value();
  TellAddresses();
  return {};
}

void Daemon::TellAddresses() const {
  const std::vector<std::string> addresses = server_->Addresses();
  for (const std::string& address : addresses) log_(LogLevel::kInfo, "listening on " + address);
  const auto guard = web_.Get();
  const bool has_tls = guard && guard->tls, has_users = guard && !guard->users->AreNone();
  if (std::all_of(addresses.begin(), addresses.end(), IsLoopback)) {
    log_(LogLevel::kInfo, "only this machine can reach it; --web.listen-address opens it to others");
  } else if (!has_tls) {
    log_(LogLevel::kWarn, std::string("it is open to the network without TLS") + (has_users ? "" : " or passwords") + ": --web.config.file guards it");
  }
}

// One reload for all that asked for it.
void Daemon::AnswerDesks() {
  std::optional<ReloadOut> reloaded;
  reload_desk_.Answer([&](std::monostate) {
    if (!reloaded) reloaded = Reload();
    return Result<ReloadOut>(*reloaded);
  });
  alone_desk_.Answer([this](const std::string& job) { return Result<Tracker>(evaluation_.Alone(job)); });
}

// Until the jobs are judged whatever comes or, if that is sooner, files and tzdata are looked at, or systemd waits for a sign.
milliseconds Daemon::Rest() {
  const auto every = std::min(std::chrono::duration_cast<milliseconds>(*ParseDuration(options_.evaluation_interval)), systemd_.AliveEvery());
  return std::clamp(std::chrono::ceil<milliseconds>(NextLook() - clock_.Steady()), milliseconds{0}, every);
}

void Daemon::Loop(const Signals& signals) {
  for (;;) {
    pollfd fds[2] = {{signals.Fd(), POLLIN, 0}, {waker_.Fd(), POLLIN, 0}};
    poll(fds, 2, static_cast<int>(Rest().count()));
    waker_.Clear();
    const Signals::Asked asked = signals.Take();
    if (asked.end) return;
    if (asked.reload) Reload();
    AnswerDesks();
    ReloadIfChanged();
    TakeTables();
    if (sources_.AnyFailed()) RunSources();
    static_cast<void>(TellJobs());  // a refusal was told at the reload, and the ledger's state tells of it
    Judge();
    judged_ = true;
    systemd_.Alive();
    evaluation_.Housekeep();
    GiveBackWhatWasRead();
    pollfd signal_only{signals.Fd(), POLLIN, 0};  // facts gather meanwhile
    poll(&signal_only, 1, static_cast<int>(std::min(Rest(), kBetweenEvaluations).count()));
  }
}

// Once nobody shows the fleet before any more: what it held lies between what is held now.
void Daemon::GiveBackWhatWasRead() {
  if (!was_read_ || !shown_before_.expired()) return;
  was_read_ = false;
  GiveBackHeap();
}

int Daemon::Run(const Signals& signals) {
  auto begun = Begin();
  if (begun) begun = Serve();
  if (!begun) return log_(LogLevel::kError, begun.Message()), 1;
  RunSources();
  systemd_.Ready();  // it listens and has judged what the ledger knows: no source, however slow, makes a start fail
  Loop(signals);
  systemd_.Stopping();
  log_(LogLevel::kInfo, "ending");
  hard_end_.emplace(kPatience, log_);
  reload_desk_.Close();
  alone_desk_.Close();
  return 0;
}

Result<std::unique_ptr<Ledger>> OpenLedger(const DaemonOptions& options, const LiveConfig& config) {
  const auto first = config.Get();
  LedgerOptions ledger;
  ledger.path = StorePath(options.store, first->store);
  ledger.retention = first->retention;
  ledger.staleness = [&config](const std::string& source) { return config.StalenessOf(source); };
  return Ledger::Open(std::move(ledger));
}

}  // namespace

int RunDaemon(const DaemonOptions& options, std::ostream& err) {
  const auto log = MakeLog(options.log_level, options.log_format);
  if (!log) return err << "batchslo_exporter: " << log.Message() << "\n", 2;
  auto systemd = SystemdNotify::Take();
  if (!systemd) (*log)(LogLevel::kWarn, systemd.Message());
  ShareHeap();
  const Signals signals;
  ConfigResult read = LoadConfig(options.config_file, options.kubeconfig);
  if (!read.config) return err << read.Faults(), 2;
  LiveConfig config(options.config_file, std::move(read), RealClock().Now());
  LiveWeb web(options.web_config_file);
  if (web.Read(RealClock().Now()) == LiveWeb::Look::kRefused) return err << web.State()->error, 2;
  auto ledger = OpenLedger(options, config);
  if (!ledger) return (*log)(LogLevel::kError, ledger.Message()), 1;
  if (!(*ledger)->Notice().empty()) (*log)(LogLevel::kError, (*ledger)->Notice());
  return Daemon(options, *log, systemd ? *systemd : SystemdNotify(), config, web, **ledger).Run(signals);
}

}  // namespace batchslo
