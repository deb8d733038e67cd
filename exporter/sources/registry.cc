#include "exporter/sources/registry.h"

#include <algorithm>

#include "exporter/sources/bigquery.h"
#include "exporter/sources/files.h"
#include "exporter/sources/heartbeat.h"
#include "exporter/sources/kubernetes.h"
#include "exporter/sources/sql.h"

namespace batchslo {

const std::vector<SourceKind>& SourceKinds() {
  static const std::vector<SourceKind> kKinds = {KubernetesKind(), SqlKind(), BigQueryKind(), FilesKind(), HeartbeatKind()};
  return kKinds;
}

const SourceKind& KindOf(const SourceConfig& source) {
  const auto& kinds = SourceKinds();
  return *std::find_if(kinds.begin(), kinds.end(), [&](const SourceKind& row) { return row.spec.kind == source.kind; });
}

std::vector<SourceSpec> SourceSpecs() {
  std::vector<SourceSpec> specs;
  for (const SourceKind& kind : SourceKinds()) specs.push_back(kind.spec);
  return specs;
}

}  // namespace batchslo
