#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exporter/core/fact.h"
#include "exporter/core/source.h"
#include "exporter/sources/kubernetes_parse.h"
#include "exporter/sources/kubernetes_selector.h"
#include "exporter/sources/source.h"

namespace batchslo {

// A Job of which it is to be found out why it failed.
struct KubeFailure {
  std::string ns, name, uid;
  std::string message;    // of the Job's condition
  bool is_final = false;  // else a pod of it failed, and it goes on
  RunFact run;            // as it was told
};

// Turns objects into facts, and remembers just enough of them to tell what is new, what vanished and when a run began.
// Whole seconds are widened so that neither a met nor a missed is invented: an end may have been as late as the end of
// its second, a beginning as early as its start. Pure but for its memory; one owner.
class KubeFacts {
 public:
  KubeFacts(const SourceConfig& config, const Known& known);

  // `listed`: when the list that shows it was asked for; none: an event, which may tell of any instant before.
  void SawCronJob(const KubeObject& object, std::optional<TimePoint> listed, TimePoint now, Report& out);
  void DeletedCronJob(const KubeObject& object, TimePoint now, Report& out);
  // `as_job` empty: the Job of a CronJob; else a run of that configured job, which selected it, unless a CronJob owns it.
  void SawJob(const KubeObject& object, const std::string& as_job, TimePoint now, Report& out);
  void DeletedJob(const KubeObject& object, const std::string& as_job, TimePoint now, Report& out);

  // A configured job of Jobs without a CronJob is there, with a scope of its own.
  void SelectedJob(const std::string& job, const std::string& scope, TimePoint now, Report& out);

  // After a complete list of a scope ("" for all): what was known there and has not been seen since `list_began` is
  // gone, or was cancelled as "vanished". Gives how many of these this process had seen.
  std::size_t ListedCronJobs(const std::string& scope, std::uint64_t list_began, TimePoint now, Report& out);
  // `as_job` as in SawJob: a list answers for what it selects, not for another's.
  std::size_t ListedJobs(const std::string& scope, const std::string& as_job, std::uint64_t list_began, TimePoint now, Report& out);
  std::uint64_t BeginList() { return ++generation_; }

  std::size_t Objects() const { return cron_jobs_.size() + jobs_.size(); }
  std::size_t InvalidSchedules() const { return invalid_.size(); }
  std::size_t ZoneDoubts() const { return zone_doubts_.size(); }  // lastScheduleTime is no tick in the zone we assume
  // Each failure once, a pod's too; but for those of which an earlier process knew why.
  std::vector<KubeFailure> TakeFailures() { return std::exchange(failures_, {}); }
  std::vector<std::string> TakeWarnings() { return std::exchange(warnings_, {}); }  // for the log, each once

  // "ns/name" as the job is called.
  std::string JobName(const std::string& ns, const std::string& name) const;

 private:
  struct Seen {
    std::string scope, job, run_id, as_job;
    std::uint64_t generation = 0, fingerprint = 0;
    bool running = false;
    std::optional<TimePoint> started;
    std::int64_t failed_pods = 0;      // that were noted
    bool failing = false, failed = false;  // was noted
    TimePoint since{};  // of a CronJob: when it was first seen
    bool is_first = false;  // of a CronJob: none of its name was there before it, as far as is known
  };
  std::string SelectedAs(const std::string& job) const;
  bool Discovers(const std::string& ns) const;
  bool Follows(const KubeObject& cron_job) const;
  bool FollowsOwner(const KubeObject& job) const;
  void Lose(std::unordered_map<std::string, Seen>::iterator cron_job, TimePoint now, Report& out);
  static void Put(Report& out, const SourceConfig& config, TimePoint now, decltype(Fact::what) what);
  void TellLastSuccess(const KubeObject& object, const Seen& seen, std::optional<TimePoint> listed, TimePoint now, Report& out) const;
  RunFact ToRun(const KubeObject& object, const std::string& job, TimePoint now, Seen& seen) const;
  void NoteFailure(const KubeObject& object, const std::string& job, TimePoint now, Seen& seen);
  void Judge(const KubeObject& object, const std::string& job, TimePoint now);
  void Note(std::map<std::string, std::string>& faults, const std::string& job, const std::string& fault);

  SourceConfig config_;
  std::string controller_zone_;
  LabelSelector selector_;  // of what is discovered
  std::vector<std::pair<std::string, LabelSelector>> default_selectors_;  // by the annotation that tells of each
  std::map<std::string, std::string> claimed_;             // "ns/name" -> configured job
  // By uid (a selected Job: by its configured job too), or "=job/run" of what an earlier process knew.
  std::unordered_map<std::string, Seen> cron_jobs_, jobs_;
  std::unordered_map<std::string, int> followed_;  // how many of cron_jobs_ are of this job: one, two while it is made anew
  std::map<std::string, std::string> invalid_, zone_doubts_;  // by job: why
  std::vector<std::string> warnings_;
  std::vector<KubeFailure> failures_;
  std::set<std::pair<std::string, std::string>> explained_;  // {job, run id}: of failures
  std::uint64_t generation_ = 0;
  std::optional<TimePoint> first_list_;  // of CronJobs
};

}  // namespace batchslo
