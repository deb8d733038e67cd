#include "exporter/sources/registry.h"

#include "exporter/sources/heartbeat.h"
#include "exporter/sources/kubernetes.h"
#include "exporter/sources/sql.h"

namespace batchslo {

const std::vector<SourceKind>& SourceKinds() {
  static const std::vector<SourceKind> kKinds = {KubernetesKind(), SqlKind(), HeartbeatKind()};
  return kKinds;
}

std::vector<SourceSpec> SourceSpecs() {
  std::vector<SourceSpec> specs;
  for (const SourceKind& kind : SourceKinds()) specs.push_back(kind.spec);
  return specs;
}

}  // namespace batchslo
