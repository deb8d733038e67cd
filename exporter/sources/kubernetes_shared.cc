#include <algorithm>

#include "exporter/sources/kubernetes_watch.h"

namespace batchslo {
namespace {

constexpr Duration kBetweenViews = seconds{1};

}  // namespace

KubeShared::KubeShared(const SourceConfig& config, const SourceServices& services)
    : config_(config), services_(services), facts_(config, services.known ? services.known() : Known{}) {}

void KubeShared::Expect(const std::string& scope) {
  const std::lock_guard lock(mutex_);
  scopes_[scope];
}

bool KubeShared::Tell(Report& untold, const std::function<void(KubeFacts&, TimePoint, Report&)>& work) {
  Totals totals;
  std::vector<std::string> warnings;
  std::vector<KubeFailure> failures;
  {
    const std::lock_guard lock(facts_mutex_);
    work(facts_, services_.clock.Now(), untold);
    totals = {facts_.Objects(), facts_.InvalidSchedules(), facts_.ZoneDoubts()};
    warnings = facts_.TakeWarnings();
    failures = facts_.TakeFailures();
  }
  {
    const std::lock_guard lock(mutex_);
    totals_ = totals;
  }
  for (KubeFailure& failure : failures) {
    if (on_failure_) on_failure_(std::move(failure));
  }
  for (const std::string& warning : warnings) services_.log(LogLevel::kWarn, "source " + config_.name + ": " + warning);
  if (untold.empty()) return true;
  const auto stored = services_.sink(untold);
  if (stored) untold.clear();
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    const std::string error = stored ? "" : stored.Message();
    news = !stored && error != store_error_;
    store_error_ = error;
  }
  if (news) services_.log(LogLevel::kError, "source " + config_.name + ": " + stored.Message());
  return stored.Ok();
}

bool KubeShared::HasListed(const std::string& scope, Kind kind) {
  const std::lock_guard lock(mutex_);
  const auto at = scopes_.find(scope);
  return at != scopes_.end() && at->second.viewed.contains(kind);
}

void KubeShared::Exists(const std::string& ns) {
  const std::lock_guard lock(mutex_);
  existing_.insert(ns);
}

bool KubeShared::IsKnownToExist(const std::string& ns) {
  const std::lock_guard lock(mutex_);
  return existing_.contains(ns);
}

void KubeShared::Drifted(std::size_t differences) {
  const std::lock_guard lock(mutex_);
  drift_ += differences;
}

void KubeShared::Viewed(const std::string& scope, Kind kind, TimePoint at) {
  Report report;
  {
    const std::lock_guard lock(mutex_);
    ScopeState& state = scopes_[scope];
    state.errors.erase(kind);
    TimePoint& viewed = state.viewed[kind];
    viewed = std::max(viewed, at);
    if (state.viewed.size() < 2) return;
    const TimePoint both = std::min(state.viewed[Kind::kCronJobs], state.viewed[Kind::kJobs]);
    if (both < state.told + kBetweenViews) return;
    state.told = both;
    newest_view_ = std::max(newest_view_.value_or(both), both);
    ViewFact view;
    if (!scope.empty()) view.scope = scope;
    report.push_back({config_.name, both, std::move(view)});
  }
  const auto stored = services_.sink(std::move(report));
  if (!stored) services_.log(LogLevel::kError, "source " + config_.name + ": " + stored.Message());
}

void KubeShared::Dark(const std::string& scope, Kind kind, const std::string& error) {
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    std::string& known = scopes_[scope].errors[kind];
    fresh = known != error;
    known = error;
  }
  if (fresh) services_.log(LogLevel::kWarn, "source " + config_.name + (scope.empty() ? "" : ", namespace " + scope) + ": " + error);
}

void KubeShared::Count(const std::string& metric, const std::string& label, const std::string& value) {
  const std::lock_guard lock(mutex_);
  counts_[{metric, {label, value}}] += 1;
}

void KubeShared::Clock(const std::optional<TimePoint>& server, TimePoint now) {
  if (!server) return;
  // The Date header has whole seconds.
  const double ahead = std::chrono::duration<double>(*server - now).count();
  const std::lock_guard lock(mutex_);
  skew_ = ahead > 0 ? ahead : ahead < -1 ? ahead + 1 : 0;
}

SourceState KubeShared::Health() {
  const std::lock_guard lock(mutex_);
  SourceState state;
  state.name = config_.name;
  state.kind = config_.kind;
  const TimePoint now = services_.clock.Now();
  std::size_t up = 0;
  for (const auto& [name, scope] : scopes_) {
    const bool fresh = scope.viewed.size() == 2 && now - scope.told <= config_.staleness;
    std::string error;
    for (const auto& [kind, text] : scope.errors) error = text;
    state.scopes.push_back({name, scope.errors.empty() && fresh, error});
    if (scope.errors.empty() && fresh) ++up;
    if (!error.empty()) state.error = error;
  }
  state.up = up > 0;
  state.complete = up > 0 && up == scopes_.size();
  if (state.complete) state.error.clear();
  state.last_success = newest_view_;
  state.clock_skew_seconds = skew_;
  for (const auto& [key, count] : counts_) state.extras.push_back({key.first, {key.second}, count});
  state.extras.push_back({"batchslo_kubernetes_objects", {}, static_cast<double>(totals_.objects)});
  state.extras.push_back({"batchslo_kubernetes_schedules_invalid", {}, static_cast<double>(totals_.invalid)});
  state.extras.push_back({"batchslo_kubernetes_zone_doubts", {}, static_cast<double>(totals_.zone_doubts)});
  state.extras.push_back({"batchslo_kubernetes_watch_drift_total", {}, static_cast<double>(drift_)});
  return state;
}

}  // namespace batchslo
