#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>

#include "exporter/net/kube_auth.h"
#include "exporter/sources/kubernetes_facts.h"

namespace batchslo {

// What the reflectors of one source share: its facts, its views, its health. Safe between their threads.
class KubeShared {
 public:
  KubeShared(const SourceConfig& config, const SourceServices& services);

  enum class Kind { kCronJobs, kJobs };

  // There is such a scope: until it has been viewed, the source is not complete.
  void Expect(const std::string& scope);
  // Runs `work` over the facts and sinks what it reports, after what is in `untold`. False: the ledger refused it, and
  // all of it is in `untold`; no view may be told before that.
  bool Tell(Report& untold, const std::function<void(KubeFacts&, TimePoint now, Report& out)>& work);
  // All that existed in the scope at `at` has been told, as far as this kind goes; says so once both kinds have.
  void Viewed(const std::string& scope, Kind kind, TimePoint at);
  void Dark(const std::string& scope, Kind kind, const std::string& error);
  void Count(const std::string& metric, const std::string& label, const std::string& value);
  void Clock(const std::optional<TimePoint>& server, TimePoint now);
  bool HasListed(const std::string& scope, Kind kind);  // once at least, since we started
  void Exists(const std::string& ns);                   // something was seen in that namespace
  bool IsKnownToExist(const std::string& ns);
  void Drifted(std::size_t differences);  // that a relist found and no event had told
  SourceState Health();
  // Is told of each failure, once; from the reflectors' threads. Before they run.
  void SetOnFailure(std::function<void(KubeFailure)> on_failure) { on_failure_ = std::move(on_failure); }

  const SourceConfig& Config() const { return config_; }
  const SourceServices& Services() const { return services_; }

 private:
  struct ScopeState {
    std::map<Kind, TimePoint> viewed;
    std::map<Kind, std::string> errors;
    TimePoint told;
  };
  struct Totals {
    std::size_t objects = 0, invalid = 0, zone_doubts = 0;
  };
  SourceConfig config_;
  SourceServices services_;
  std::function<void(KubeFailure)> on_failure_;
  std::mutex facts_mutex_;
  KubeFacts facts_;  // guarded by facts_mutex_
  std::mutex mutex_;
  std::map<std::string, ScopeState> scopes_;                                        // guarded by mutex_
  std::map<std::pair<std::string, std::pair<std::string, std::string>>, double> counts_;  // guarded by mutex_
  std::optional<double> skew_;                                                      // guarded by mutex_
  std::optional<TimePoint> newest_view_;                                            // guarded by mutex_
  std::set<std::string> existing_;                                                  // guarded by mutex_
  Totals totals_;                                                                   // guarded by mutex_
  std::size_t drift_ = 0;                                                           // guarded by mutex_
  std::string store_error_;                                                         // guarded by mutex_
};

// Lists one kind of object in one scope, then watches it; for ever, until stopped. One thread.
class Reflector {
 public:
  struct Target {
    KubeShared::Kind kind = KubeShared::Kind::kJobs;
    std::string scope;     // namespace; "": all
    std::string selector;  // label selector; may be empty
    std::string as_job;    // Jobs without a CronJob: the configured job that selected them
  };
  Reflector(Target target, KubeShared& shared, KubeCredentials& credentials);
  void Run(std::stop_token stop);

 private:
  enum class Next { kWatch, kExpired, kBroken, kStop };
  enum class Why { kFirst, kPeriodic, kGap };  // a list is made; periodic: the watch has told everything, so it should bring nothing
  // One watch as it comes.
  struct Stream {
    explicit Stream(const HttpRequest& sent) : request(sent) {}
    const HttpRequest& request;
    long status = 0;
    std::string line, error_body;
    std::size_t lines = 0;  // events so far
    Next next = Next::kWatch;
    bool failed = false;   // an event said so, or was none
    bool settled = false;    // it has been silent for a moment, or told a bookmark: it goes well
    bool caught_up = false;  // what had gathered before it began has come
    std::optional<TimePoint> heard;  // a view of that instant is due
    SteadyPoint heard_at, last_byte, began;
  };
  bool MayList();
  bool List(std::stop_token stop);
  Result<void> ListAll(std::stop_token stop);
  Result<void> ListPages(std::uint64_t& generation, bool& expired, std::stop_token stop);
  Result<void> TellPage(std::string body, std::string& token);
  Result<void> TellAbsence(std::uint64_t generation);
  const char* Follow(std::stop_token stop);
  Next Watch(std::stop_token stop);
  bool OnHead(Stream& stream, const HttpReply& head, TimePoint began);
  bool OnBytes(Stream& stream, std::string_view bytes);
  Next Ended(const Stream& stream, const Result<void>& done);
  Next Handle(Stream& stream);
  void NoteClosed();
  bool MustAskAnew(const Stream& stream);
  Next Expired();
  void Recovered();
  void Heard(Stream& stream, TimePoint at);
  bool See(const KubeObject& object, bool deleted);
  bool NamespaceExists(std::string& error, const std::stop_token& stop);
  Result<HttpReply> Get(const std::string& path, const std::stop_token& stop);
  void NoteRetryAfter(const HttpReply& reply);
  void BackOff(std::stop_token stop);
  void Failed(const std::string& error);
  bool Tell(const std::function<void(KubeFacts&, TimePoint now, Report& out)>& work) { return shared_.Tell(untold_, work); }
  std::string Scope() const;
  bool Viewed(TimePoint at);

  Target target_;
  KubeShared& shared_;
  KubeCredentials& credentials_;
  HttpClient& http_;
  Clock& clock_;
  std::string version_;  // resourceVersion to watch from
  Report untold_;        // what the ledger refused
  std::size_t listed_ = 0, news_ = 0;  // objects, and facts, that the present list has brought
  int failures_ = 0;                   // in a row
  bool expired_ = false;               // the version; and no watch has been good since
  std::chrono::milliseconds retry_after_{0};
  Why why_ = Why::kFirst;
  TimePoint list_began_;
  SteadyPoint listed_at_, viewed_;
  TimePoint viewed_until_;
  std::optional<TimePoint> closes_, closed_;  // when a window of its source closes next, and when one last did
  SteadyPoint asked_due_;
  std::minstd_rand random_;
};

}  // namespace batchslo
