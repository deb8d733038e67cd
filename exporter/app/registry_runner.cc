// Tested by tests/app/registry_set_test.cc.
#include "exporter/app/registry_runner.h"

#include <algorithm>

#include "exporter/app/jitter.h"

namespace batchslo {

RegistryRunner::RegistryRunner(RegistryDef registry, const std::optional<Ledger::RegistryCopy>& stored, const RegistryServices& services)
    : registry_(std::move(registry)), services_(services), get_(MakeRegistryGetter(registry_, services_.http, services_.clock)) {
  state_.name = registry_.name;
  state_.kind = registry_.kind;
  if (stored && stored->place == PlaceOf(registry_)) Restore(*stored);
  if (IsOfThisMachine(registry_)) Look({});
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

RegistryRunner::~RegistryRunner() {
  RequestStop();
  thread_.join();
}

std::shared_ptr<const RegistryTable> RegistryRunner::Table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

RegistryState RegistryRunner::Health() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void RegistryRunner::Restore(const Ledger::RegistryCopy& stored) {
  auto table = ReadRegistryTable(stored.body);
  if (!table) return;
  text_ = stored.body;
  is_kept_ = true;
  const std::lock_guard lock(mutex_);
  table_ = std::make_shared<const RegistryTable>(std::move(table).Value());
  state_.last_success = stored.fetched;
}

// What is as it was is as good, or as bad, as it was.
Result<void> RegistryRunner::Take(std::optional<std::string> text, TimePoint now) {
  if (text && *text != text_) {
    auto table = ReadRegistryTable(*text);
    text_ = *std::move(text);
    is_kept_ = false;
    unread_ = table ? "" : table.Message();
    if (table) {
      const std::lock_guard lock(mutex_);
      table_ = std::make_shared<const RegistryTable>(std::move(table).Value());
    }
    if (table) services_.wake();
  }
  if (!unread_.empty()) return Error{unread_};
  if (is_kept_) return {};
  const auto kept = services_.keep({registry_.name, PlaceOf(registry_), now, text_});
  if (!kept) services_.log(LogLevel::kError, kept.Message());
  is_kept_ = kept.Ok();
  return {};
}

void RegistryRunner::Look(const std::stop_token& stop) {
  const TimePoint now = services_.clock.Now();
  auto got = get_(services_.clock.Steady() + std::chrono::duration_cast<SteadyPoint::duration>(registry_.timeout), stop);
  if (stop.stop_requested()) return;
  Tell(got ? Take(std::move(got).Value(), now) : got.GetError(), now);
}

void RegistryRunner::Tell(const Result<void>& how, TimePoint now) {
  const std::string error = how ? "" : how.Message();
  std::string before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(state_.error, error);
    state_.up = error.empty();
    if (error.empty()) state_.last_success = now;
  }
  if (error == before) return;
  if (error.empty()) return services_.log(LogLevel::kInfo, "registry " + registry_.name + ": it can be read again");
  services_.log(LogLevel::kWarn, "registry " + registry_.name + ": " + error + "; what was read last holds, if anything was");
}

void RegistryRunner::Run(const std::stop_token& stop) {
  std::minstd_rand random{std::random_device{}()};
  bool is_read = IsOfThisMachine(registry_);
  while (!stop.stop_requested()) {
    if (!is_read) Look(stop);
    is_read = false;
    services_.clock.WaitFor(std::max(Jittered(registry_.poll_interval, random), std::chrono::milliseconds{200}), stop);
  }
}

}  // namespace batchslo
