// Tested by tests/app/source_set_test.cc.
#include "exporter/app/source_set.h"

#include <algorithm>

#include "exporter/sources/registry.h"

namespace batchslo {
// All are asked to stop before the first is waited for.
void SourceSet::End(Runners runners) {
  for (const auto& [name, runner] : runners) runner->RequestStop();
}

SourceSet::Runners SourceSet::Running() const {
  const std::lock_guard lock(mutex_);
  return runners_;
}

SourceSet::Runners SourceSet::TakeEnded(const Config& config) {
  const auto stays = [&](const SourceRunner& runner) {
    return std::any_of(config.sources.begin(), config.sources.end(), [&](const SourceConfig& source) { return source == runner.Config(); });
  };
  const auto named = [&](const std::string& name) {
    return std::any_of(config.sources.begin(), config.sources.end(), [&](const SourceConfig& source) { return source.name == name; });
  };
  Runners ended;
  const std::lock_guard lock(mutex_);
  phase_ = Phase::kChanging;
  std::erase_if(failed_, [&](const auto& entry) { return !named(entry.first); });
  for (auto at = runners_.begin(); at != runners_.end();) {
    const auto next = std::next(at);
    if (!stays(*at->second)) ended.insert(runners_.extract(at));
    at = next;
  }
  return ended;
}

void SourceSet::Run(const Config& config, const KnownOf& known) {
  End(TakeEnded(config));
  for (const SourceConfig& source : config.sources) {
    if (!Runs(source.name)) Start(source, known(source.name));
  }
  const std::lock_guard lock(mutex_);
  phase_ = Phase::kSettled;
}

bool SourceSet::Runs(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return runners_.contains(name);
}

void SourceSet::Start(const SourceConfig& source, Known known) {
  SourceServices services = services_;
  services.known = [known = std::move(known)] { return known; };
  services.next_due = [this, name = source.name](TimePoint now) { return next_due_(name, now); };
  auto made = KindOf(source).make(source, services);
  if (!made) return Failed(source.name, made.Message());
  auto runner = std::make_shared<SourceRunner>(source, std::move(made).Value(), services);
  const std::lock_guard lock(mutex_);
  failed_.erase(source.name);
  runners_[source.name] = std::move(runner);
}

// Told once, however often it is tried.
void SourceSet::Failed(const std::string& name, const std::string& why) {
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = std::exchange(failed_[name], why) != why;
  }
  if (news) services_.log(LogLevel::kError, "source " + name + ": " + why);
}

bool SourceSet::AnyFailed() const {
  const std::lock_guard lock(mutex_);
  return !failed_.empty();
}

std::vector<SourceState> SourceSet::Health(const Config& config) const {
  const Runners running = Running();
  std::vector<SourceState> states;
  for (const SourceConfig& source : config.sources) {
    const auto at = running.find(source.name);
    if (at != running.end()) {
      states.push_back(at->second->Health());
      continue;
    }
    SourceState state;
    state.name = source.name;
    state.kind = source.kind;
    const std::lock_guard lock(mutex_);
    const auto failed = failed_.find(source.name);
    if (failed != failed_.end()) state.error = failed->second;
    states.push_back(std::move(state));
  }
  return states;
}

bool SourceSet::AnyTried() const {
  if (AnyFailed()) return true;
  const Runners running = Running();
  return running.empty() || std::any_of(running.begin(), running.end(), [](const auto& entry) { return entry.second->Tried(); });
}

PushReply SourceSet::Receive(const PushRequest& request, TimePoint now) const {
  std::unique_lock lock(mutex_);
  const Runners running = runners_;
  const Phase phase = phase_;
  lock.unlock();
  PushReply last{404, "no such job, or the wrong token", {}};
  if (phase == Phase::kChanging) last = {503, "the sources are being started; try again", {}};
  for (const auto& [name, runner] : running) {
    if (!runner->Receiver()) continue;
    PushReply reply = runner->Receiver()(request, now);
    if (reply.status != 404 && reply.status != 503) return reply;
    if (reply.status == 503) last = std::move(reply);  // another may take it
  }
  return last;
}

}  // namespace batchslo
