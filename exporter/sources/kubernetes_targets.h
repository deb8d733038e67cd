#pragma once

#include <string>
#include <vector>

#include "exporter/sources/kubernetes_watch.h"

namespace batchslo {

// The cluster that a source names: by its kubeconfig, else that of the pod that we are.
Result<KubeAccess> KubeAccessOf(const SourceConfig& config, const SourceServices& services);

// All that it lists and watches.
std::vector<Reflector::Target> KubeTargetsOf(const SourceConfig& config);

const char* KubeKindName(KubeShared::Kind kind);  // "cronjobs"
// What lists or watches a target, as `query` says.
std::string KubePath(const Reflector::Target& target, const std::string& query);

}  // namespace batchslo
