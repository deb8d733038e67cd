#pragma once

#include <stop_token>
#include <string>

#include "exporter/net/http.h"
#include "exporter/net/kube_access.h"

namespace batchslo {

// Runs the credential plugin of a kubeconfig and gives what it printed. It is killed with its group at the deadline and when
// `stop` is requested. Errors never hold what it printed.
Result<std::string> RunKubePlugin(const KubeAccess& access, Deadline deadline, const std::stop_token& stop);

}  // namespace batchslo
