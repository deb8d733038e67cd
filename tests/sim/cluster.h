#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/sim/plan.h"

namespace sim {

// What an API server of Kubernetes would tell of the plan's CronJobs and their Jobs, at any instant.
class Cluster {
 public:
  explicit Cluster(const Plan& plan);

  enum class Kind { kCronJobs, kJobs };
  struct Event {
    Instant at;
    Kind kind;
    std::string type, key, object;  // object: as JSON, with a place for its version
  };
  // By time; its place is its version.
  const std::vector<Event>& Events() const { return events_; }
  std::size_t VersionAt(Instant at) const;  // how many have happened
  std::string Line(std::size_t event) const;
  static std::string Bookmark(std::size_t version);
  // The items of a kind at a version, in the order of their keys; until the next call.
  const std::vector<std::string>& Items(Kind kind, std::size_t version);

 private:
  void AddCronJob(const Plan& plan, std::size_t job);
  void AddLife(const Plan& plan, std::size_t job, const Span& life, const std::string& key);
  static std::string CronJobAt(const Plan& plan, std::size_t job, const Span& life, const std::string& key, Instant at);
  void AddJob(const Plan& plan, const RunPlan& run);
  void Add(Instant at, Kind kind, const char* type, const std::string& key, std::string object);

  std::vector<Event> events_;
  std::pair<Kind, std::size_t> listed_{Kind::kJobs, SIZE_MAX};  // page by page
  std::vector<std::string> items_;
};

}  // namespace sim
