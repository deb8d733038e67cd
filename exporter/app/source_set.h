#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exporter/app/runner.h"
#include "exporter/config/config.h"

namespace batchslo {

// The sources that run. The main thread changes what runs; any thread asks.
class SourceSet {
 public:
  // `services.known` and `services.next_due` are set for each source that starts; `next_due` asks for the source of that name.
  using NextDueOf = std::function<TimePoint(const std::string& source, TimePoint now)>;
  SourceSet(SourceServices services, NextDueOf next_due) : services_(std::move(services)), next_due_(std::move(next_due)) {}
  ~SourceSet() { End(std::exchange(runners_, {})); }

  // Ends what is not configured so any more, starts what does not run; what runs as configured goes on undisturbed.
  // One that can't be made (a kubeconfig that is not there yet) is tried again by the next call.
  using KnownOf = std::function<Known(const std::string& source)>;
  void Run(const Config& config, const KnownOf& known);
  bool AnyFailed() const;

  std::vector<SourceState> Health(const Config& config) const;  // in the order of the configuration
  bool AnyTried() const;                                        // or there is none
  // 503 rather than 404 while sources are being exchanged: a job's last word must not be turned away for ever.
  PushReply Receive(const PushRequest& request, TimePoint now) const;

 private:
  using Runners = std::map<std::string, std::shared_ptr<SourceRunner>>;
  static void End(Runners runners);
  Runners TakeEnded(const Config& config);
  bool Runs(const std::string& name) const;
  void Start(const SourceConfig& source, Known known);
  void Failed(const std::string& name, const std::string& why);
  Runners Running() const;

  const SourceServices services_;
  const NextDueOf next_due_;
  mutable std::mutex mutex_;
  Runners runners_;                            // guarded by mutex_
  enum class Phase { kChanging, kSettled } phase_ = Phase::kChanging;  // guarded by mutex_
  std::map<std::string, std::string> failed_;  // that could not be made, and why; guarded by mutex_
};

}  // namespace batchslo
