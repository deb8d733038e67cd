#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"

namespace batchslo {

// What we read of a CronJob or a Job (batch/v1); absent is empty. Whole seconds as the API gives them.
struct KubeObject {
  std::string ns, name, uid;
  std::optional<TimePoint> created;

  // CronJob
  std::string schedule, timezone;
  bool suspended = false;
  std::optional<std::int64_t> successful_history;  // none: the default, 3
  std::optional<TimePoint> last_schedule, last_success;
  std::map<std::string, std::string> annotations;  // those that begin with "batchslo/", without it
  std::map<std::string, std::string> labels;

  // Job
  std::string owner, owner_uid;  // the CronJob that made it
  std::string scheduled_text;    // annotation batch.kubernetes.io/cronjob-scheduled-timestamp
  bool manual = false;           // annotation cronjob.kubernetes.io/instantiate: manual
  bool began = false;            // ready, succeeded or failed > 0
  bool complete = false, failed = false;
  std::int64_t failed_pods = 0;
  bool failing = false;  // it has been decided that it failed; its pods are being ended (condition FailureTarget)
  std::optional<TimePoint> completed_at, failed_at;
  std::string reason, message;  // of the Failed condition
};

struct KubePage {
  std::string resource_version, continue_token;
  std::size_t items = 0;
};

// Reads one page of a list, straight into records; `visit` gets each. Errors: no JSON, not a list (an HTML login page,
// an empty body).
Result<KubePage> ParseKubePage(std::string& body, const std::function<void(KubeObject&&)>& visit);

struct KubeEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError };
  Type type = Type::kBookmark;
  KubeObject object;
  std::string resource_version;
  int code = 0;           // of an error: its Status
  std::string message;    // of an error
};

// One line of a watch.
Result<KubeEvent> ParseKubeEvent(std::string& line);

// The message of a Status, or the beginning of whatever else a server says with an error.
std::string KubeErrorText(const std::string& body);

}  // namespace batchslo
