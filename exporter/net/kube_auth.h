#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "exporter/core/clock.h"
#include "exporter/net/kube_access.h"

namespace batchslo {

// What a pod is given: the API server's address in the environment, token and CA under `directory`. An Error where we
// are in no pod.
Result<KubeAccess> InClusterAccess(const std::string& directory = "/var/run/secrets/kubernetes.io/serviceaccount");

// Puts our credentials on requests to one API server. Token files are read again every minute, an exec plugin is run
// again when its credential expires; both at once after Refuse(), but a plugin that failed not for a moment: many ask, one
// after the other. Safe from any thread.
class KubeCredentials {
 public:
  KubeCredentials(KubeAccess access, Clock& clock) : access_(std::move(access)), clock_(clock) {}

  // Fills in TLS, proxy and headers of a request to `path` (with its query). Others wait while it runs the plugin.
  Result<HttpRequest> Request(const std::string& path, const std::stop_token& stop = {});
  void Refuse();  // the server said 401: what is cached is no good

  const KubeAccess& Access() const { return access_; }

 private:
  struct Held {
    std::string token, certificate_pem, private_key_pem;
    std::optional<TimePoint> expires;
    SteadyPoint read;
  };
  struct Failed {
    Error error;
    SteadyPoint at;
  };
  Result<Held> Credential(const std::stop_token& stop);
  Result<void> Renew(const std::stop_token& stop);

  KubeAccess access_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<Held> held_;      // guarded by mutex_
  std::optional<Failed> failed_;  // the plugin, when it ran last; guarded by mutex_
};

}  // namespace batchslo
