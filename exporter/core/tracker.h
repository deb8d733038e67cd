#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "exporter/core/fact.h"
#include "exporter/core/history.h"
#include "exporter/core/judge.h"
#include "exporter/core/snapshot.h"

namespace batchslo {

// Gives the definition of a job: of a discovered one (`configured` null) and of one whose scheduler holds annotations.
// `source` is that of its runs.
using DefineJob = std::function<JobDef(const JobDef* configured, const std::string& name, const SourceDef& source,
                                       const std::map<std::string, std::string>& annotations)>;

// Whether a source, and the scope of it, could be asked of late: what makes a window "unproven" rather than unknown.
using IsUp = std::function<bool(const std::string& source, const std::string& scope)>;

// One job at one instant, with the reasons.
struct JudgedJob {
  std::shared_ptr<JobState> state;
  std::vector<Judgement> objectives;  // as state->def->objectives
};

// Whether outlooks are given, which costs a look at many windows, and memory for what was seen weeks ago.
enum class Foresight : std::uint8_t { kOff, kOn };

// All that one job is judged by at one instant, for who explains. What it points to is the tracker's, until that takes
// another fact.
struct JobCase {
  JudgedJob judged;  // as it is told, with its last failure; null state: not followed
  Evidence evidence;
  const History* history = nullptr;
  std::string scope;
  std::vector<SourceViews> outputs;                 // as state->def->outputs
  std::vector<const History::Standing*> standing;  // as state->def->objectives; null: none
  std::optional<TimePoint> horizon;

  JudgeContext Context(std::size_t objective) const { return {evidence, judged.state->def->objectives[objective], standing[objective], horizon}; }
};

// A tally as it is stored.
struct StoredTally {
  std::string job, objective;
  SharedValue<Tally> tally;
};

// All jobs with their histories: takes facts, gives verdicts. Facts must come by observed time for pauses to be judged
// as they began; everything else does not depend on their order. Pure: no clock, no thread, one owner.
class Tracker {
 public:
  // `define` empty: only the jobs of the fleet are followed (replay).
  explicit Tracker(DefineJob define = {});
  ~Tracker();
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;

  // The configuration, at the start and after a reload. Histories of jobs that stay are kept; jobs that are not
  // written and whose source, if it is still there, discovers none are dropped. Misses that another rule proved go.
  // What is the same object as before, by sources that are as they were, goes on undisturbed. True: some were dropped.
  bool SetFleet(const Fleet& fleet);

  // Written jobs that are new, and jobs that are judged by other rules than those by which their histories were kept
  // (of annotations: and trimmed). They are empty afterwards: all that is known of them is to be applied again.
  std::set<std::string> TakeToReload();

  // Our clock has been put right, and so will be what it said: all that is known of jobs and sources is to be applied
  // again, every job is to be reloaded. What was told of the time after `now` stands no more.
  void ClockPutRight(TimePoint now);

  // What ticks and deadlines are has changed without a fact (Zone::Update): the next Evaluate judges all.
  void JudgeAnew();

  void SetDefine(DefineJob define) { define_ = std::move(define); }  // before SetFleet
  void SetForesight(Foresight foresight) { foresight_ = foresight; }  // before the first fact

  // False: about a job or a source that is not followed.
  bool Apply(const Fact& fact);

  bool Follows(const std::string& job) const { return FindJob(job) != nullptr; }

  // What an earlier process knew beyond the facts; both before the first Evaluate.
  void SetTotals(const std::string& job, std::uint64_t completed, std::uint64_t failed);
  void SetMemory(const std::string& job, const std::string& text, TimePoint now);
  // Of a job that is followed no more: what was not watched for a while is judged as if first seen when it comes back.
  // None: that is remembered already.
  static std::optional<std::string> MemoryOfOneThatLeft(const std::string& text, TimePoint now);
  // What was counted before; before the first Evaluate.
  void SetTallies(std::vector<StoredTally> tallies);
  // Replay: the first fact of the whole file that names the job.
  void SetFirstSeen(const std::string& job, TimePoint time);

  // How far the clock of a source is from ours, as it was measured last: its proofs of absence are held back by it.
  void SetSkew(const std::string& source, Duration skew);
  // Our clock has jumped ahead, to `now`: nothing new is missed for one grace, and a minute at least.
  void ClockJumped(TimePoint now) { jumped_ = now; }

  // All jobs by name. `now` may be up to a day earlier than before: what was told of a window that closed then stays.
  // A job whose verdicts can't have changed is the same object as before.
  std::vector<std::shared_ptr<const JobState>> Evaluate(TimePoint now, const IsUp& is_up);
  // One job, afresh; null state: not followed.
  JudgedJob Judge(const std::string& job, TimePoint now) const;
  JobCase CaseOf(const std::string& job, TimePoint now) const;
  // A tracker of this one job, with all that is known of it; of its sources, what concerns it. Cheap beside a fleet.
  Tracker Alone(const std::string& job) const;

  // The texts of SetMemory that the last Evaluate changed, as {job, text}.
  std::vector<std::pair<std::string, std::string>> TakeChangedMemory();
  // The tallies that began or grew since the last time.
  std::vector<StoredTally> TakeChangedTallies() { return std::exchange(changed_tallies_, {}); }
  // Discovered jobs that have been gone for `forget_after` are dropped here, and named.
  std::vector<std::string> Forget(TimePoint now, Duration forget_after);
  // Drops what no verdict needs any more: all but the newest 32 runs and what lies within the objectives' reach.
  void Trim(TimePoint now);
  // The same for one job, but only if it has grown to twice what the last trim left: for loading much, by observed time.
  void TrimGrown(const std::string& job, TimePoint now);

  struct KnownJob { std::string job, scope; };
  struct KnownRun { std::string job, run_id, scope; std::optional<TimePoint> started; };
  std::vector<KnownJob> KnownJobs(const std::string& source) const;     // not gone, seen in it
  std::vector<KnownRun> RunningRuns(const std::string& source) const;   // without an end
  // Of a source whose reports may come late the newest runs of each job that have ended, by their end; of others none.
  std::vector<KnownRun> EndedRuns(const std::string& source) const;
  // The newest failed run of each job, where it is known why.
  std::vector<KnownRun> ExplainedRuns(const std::string& source) const;

 private:
  struct SourceTrack;
  struct JobTrack;
  struct ByName {
    using is_transparent = void;
    static std::string_view NameOf(std::string_view name) { return name; }
    static std::string_view NameOf(const std::unique_ptr<JobTrack>& job);  // its definition's
    template <class A, class B>
    bool operator()(const A& a, const B& b) const { return NameOf(a) < NameOf(b); }
  };

  std::vector<SourceViews> OutputViews(const JobTrack& job) const;
  Evidence EvidenceOf(const JobTrack& job, TimePoint now) const;
  void TrimJob(JobTrack& job, TimePoint now);
  void CarryMisses(JobTrack& job, const Evidence& evidence, TimePoint horizon) const;
  JobTrack* FindJob(std::string_view name) const;  // null: not followed
  void SetRedactor(const Redactor& redactor);
  bool SetSources(const std::vector<SourceDef>& sources);  // true: they are as before
  JobTrack& Follow(const std::shared_ptr<const JobDef>& def);
  JobTrack* FindOrDefine(const std::string& job, const std::string& source);
  bool Discovers(const std::string& source) const;
  // What a job takes from those that need it, and they from it.
  std::set<std::string> SetNeeds(const Fleet& fleet);  // the upstreams for which something has changed
  std::vector<Objective> NeededBy(const JobDef& def) const;
  void AddNeeded(JobTrack& job);
  void HeedNeeding(const std::string& upstream);
  SharedValue<JobNames> BlockedBy(const JobTrack& job, State state) const;
  void LookAtBlocked(TimePoint now, const IsUp& is_up, std::vector<std::shared_ptr<const JobState>>& states);
  void LookAhead(JobTrack& job, const Evidence& evidence, JobState& state) const;
  const SourceDef& RunsOf(const JobTrack& job) const;
  std::uint64_t RuleOf(const JobTrack& job, const Objective& objective) const;
  std::uint64_t RulesOf(const JobTrack& job) const;  // of all its objectives together
  void DropStanding(JobTrack& job) const;
  const History::Standing* StandingOf(const JobTrack& job, const Objective& objective) const;  // null: none
  void Redefine(JobTrack& job);
  void Pause(JobTrack& job, TimePoint observed);
  void Annotate(JobTrack& job, TimePoint observed, const std::map<std::string, std::string>& annotations);
  static void KeepEarly(JobTrack& job, const Fact& fact);
  void LearnRunsSource(JobTrack& job, const std::string& name);
  bool HasRunsOf(const JobTrack& job, const std::string& source) const;
  void Rebuild(JobTrack& job) const;
  const SourceTrack* FindSource(const std::string& name) const;
  SourceViews ViewsOf(const std::string& source, const std::string& scope) const;
  // What is told goes on from what was told before, where a clock was wrong; what is only to be known rests on facts alone.
  enum class Judging { kToKnow, kToTell };
  JudgedJob JudgeTrack(const JobTrack& job, const Evidence& evidence, Judging judging) const;
  SharedValue<Tally> TallyOf(const JobTrack& job, const Objective& objective) const;
  Closings ClosingsSince(const JobTrack& job, const Evidence& evidence, const Objective& objective, TimePoint after) const;
  std::optional<TimePoint> FrozenUntil(const Objective& objective, TimePoint now) const;  // after a jump of our clock
  std::optional<TimePoint> ReachOfCounting(const JobTrack& job, const Evidence& evidence, const Objective& objective) const;
  void Count(JobTrack& job, const Evidence& evidence, JobState& state);
  void CountWindows(JobTrack& job, const Evidence& evidence, const Objective& objective, SharedValue<Tally>& tally);
  void CountTime(JobTrack& job, const Evidence& evidence, const Objective& objective, ObjectiveState& fresh);
  void HeedSleep(TimePoint now);
  void Shelve(JobTrack& job);
  void HeedClock(TimePoint now);
  void Heed(const JobTrack& job, const Evidence& evidence, const Objective& objective, Judgement& judgement) const;
  bool SourcesUp(const JobTrack& job, const IsUp& is_up) const;
  bool NeedsLook(const JobTrack& job, TimePoint now) const;
  std::uint64_t ViewsVersion(const JobTrack& job) const;
  void Look(JobTrack& job, TimePoint now, const IsUp& is_up);
  void Fetch(std::size_t passed) const;

  bool ApplyJob(const Fact& fact, const JobFact& what);
  bool ApplyView(const Fact& fact, const ViewFact& what);
  static void NoteFailure(JobTrack& job, const Fact& fact, const RunFact& what);
  bool ApplyRun(const Fact& fact, const RunFact& what);
  bool ApplyObservation(const Fact& fact, const ObservationFact& what);
  bool ApplyLastSuccess(const Fact& fact, const LastSuccessFact& what);
  bool ApplyGone(const Fact& fact, const GoneFact& what);

  using Schedules = std::map<std::tuple<std::string, std::string, std::string, std::string>, ScheduleLine::Segment>;

  DefineJob define_;
  Foresight foresight_ = Foresight::kOff;
  Redactor redactor_;
  std::map<std::string, std::unique_ptr<SourceTrack>, std::less<>> sources_;
  std::set<std::unique_ptr<JobTrack>, ByName> jobs_;
  std::set<std::string> to_reload_;
  Maybe<TimePoint> jumped_;     // our clock, ahead; the newest time
  TimePoint judged_until_{};    // the newest instant of Evaluate, but for one more than a day ahead
  Maybe<TimePoint> began_;      // the first Evaluate
  Span asleep_{};               // the newest time in which nothing was judged; its end outside
  std::map<std::pair<std::string, std::uint64_t>, SharedValue<Tally>> shelf_;  // tallies of no state, by job and rule
  std::vector<StoredTally> changed_tallies_;
  std::vector<JobTrack*> in_order_;  // all of jobs_ for Evaluate, side by side; empty: jobs have come or gone
  std::vector<std::size_t> needing_;  // of in_order_: jobs that have upstreams
  std::map<std::string, std::set<std::string>, std::less<>> needed_by_;  // upstream -> those that need it
  mutable Schedules schedules_;  // each expression is read once, and Jenkins' once a job
};

}  // namespace batchslo
