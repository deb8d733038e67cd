#include "exporter/app/poller.h"

#include <algorithm>

#include "exporter/app/jitter.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;

void CountFailure(SourceState& state, const std::string& reason) {
  const auto at = std::find_if(state.failures.begin(), state.failures.end(), [&](const auto& entry) { return entry.first == reason; });
  if (at != state.failures.end()) {
    ++at->second;
  } else {
    state.failures.emplace_back(reason, 1);
  }
}

void Observe(SourceState& state, double seconds_taken) {
  state.poll_seconds_buckets.resize(std::size(kPollBuckets));
  for (std::size_t i = 0; i < std::size(kPollBuckets); ++i) state.poll_seconds_buckets[i] += seconds_taken <= kPollBuckets[i] ? 1 : 0;
  state.poll_seconds_sum += seconds_taken;
  ++state.polls;
}

// What is dated ahead would have moved at each look, until its date has come: it is no observation, and its output is dark.
// Five minutes are what clocks may differ by.
void RefuseWhatIsToCome(PollResult& result) {
  std::erase_if(result.facts, [&](const Fact& fact) {
    const auto* look = std::get_if<ObservationFact>(&fact.what);
    if (!look || !look->updated || *look->updated <= fact.observed + minutes{5}) return false;
    const std::string name = look->job + "/" + look->output;
    const auto scope = std::find_if(result.scopes.begin(), result.scopes.end(), [&](const auto& one) { return one.name == name; });
    if (scope == result.scopes.end()) result.scopes.push_back({name, false, ""});
    SourceState::Scope& dark = scope == result.scopes.end() ? result.scopes.back() : *scope;
    dark.up = false;
    dark.error = "it moved at " + FormatRfc3339(*look->updated) + ", which is to come: is that the time of its writing, and is the writer's clock right?";
    return true;
  });
}

}  // namespace

Poller::Poller(const SourceConfig& config, batchslo::Poll poll, const SourceServices& services, unsigned seed)
    : config_(config), poll_(std::move(poll)), services_(services), random_(seed) {
  state_.name = config_.name;
  state_.kind = config_.kind;
}

SourceState Poller::Health() {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool Poller::Tried() {
  const std::lock_guard lock(mutex_);
  return tried_;
}

void Poller::Poll() {
  const TimePoint now = services_.clock.Now();
  const SteadyPoint began = services_.clock.Steady();
  PollResult result = poll_(now, began + std::chrono::duration_cast<SteadyPoint::duration>(config_.timeout));
  RefuseWhatIsToCome(result);
  const double taken = std::chrono::duration<double>(services_.clock.Steady() - began).count();
  if (!result.error.empty()) result.facts.push_back({config_.name, now, DownFact{result.reason}});
  const auto stored = services_.sink(std::move(result.facts));
  if (!stored) services_.log(LogLevel::kError, "source " + config_.name + ": " + stored.Message());
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    Observe(state_, taken);
    news = state_.error != result.error;
    tried_ = true;
    state_.up = result.error.empty();
    state_.error = result.error;
    state_.scopes = result.scopes;
    state_.complete = state_.up && std::all_of(state_.scopes.begin(), state_.scopes.end(), [](const auto& scope) { return scope.up; });
    state_.extras = std::move(result.extras);
    if (state_.up) state_.last_success = now;
    if (!state_.up) CountFailure(state_, result.reason);
    if (result.server_time) state_.clock_skew_seconds = std::chrono::duration<double>(*result.server_time - now).count();
  }
  if (news && !result.error.empty()) services_.log(LogLevel::kWarn, "source " + config_.name + ": " + result.error);
  if (news && result.error.empty()) services_.log(LogLevel::kInfo, "source " + config_.name + ": it answers");
}

// Until the next poll: the interval with a tenth of jitter, or until just after the next due instant.
milliseconds Poller::Pause() {
  milliseconds pause = Jittered(config_.poll_interval, random_);
  const TimePoint now = services_.clock.Now();
  const TimePoint due = services_.next_due ? services_.next_due(now) : TimePoint::max();
  if (due != TimePoint::max()) pause = std::min(pause, std::chrono::duration_cast<milliseconds>(due + kAfterDue - now));
  return std::max(pause, milliseconds{200});
}

}  // namespace batchslo
