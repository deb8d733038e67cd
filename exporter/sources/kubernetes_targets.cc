// Tested by tests/sources/kubernetes_watch_test.cc.
#include "exporter/sources/kubernetes_targets.h"

#include <set>

namespace batchslo {
namespace {

using Kind = KubeShared::Kind;

// All namespaces, or those that are named: for discovery, or with a CronJob that a configured job names.
std::set<std::string> ScopesOf(const SourceConfig& config) {
  const std::vector<std::string>& namespaces = config.options.Strings("namespaces");
  if (namespaces.empty()) return {""};
  std::set<std::string> scopes(namespaces.begin(), namespaces.end());
  for (const auto& run : config.runs) {
    const std::string& object = run.options.String("cronjob");
    if (!object.empty()) scopes.insert(object.substr(0, object.find('/')));
  }
  return scopes;
}

}  // namespace

Result<KubeAccess> KubeAccessOf(const SourceConfig& config, const SourceServices& services) {
  const std::string& file = config.options.String("kubeconfig");
  const std::string& context = config.options.String("context");
  return file.empty() && context.empty() ? InClusterAccess() : services.read_kubeconfig(file, context);
}

std::vector<Reflector::Target> KubeTargetsOf(const SourceConfig& config) {
  std::vector<Reflector::Target> targets;
  for (const std::string& scope : ScopesOf(config)) {
    targets.push_back({Kind::kCronJobs, scope, "", ""});
    targets.push_back({Kind::kJobs, scope, "", ""});
  }
  for (const auto& run : config.runs) {
    if (run.options.Has("selector")) targets.push_back({Kind::kJobs, run.options.String("namespace"), run.options.String("selector"), run.job});
  }
  return targets;
}

const char* KubeKindName(Kind kind) { return kind == Kind::kCronJobs ? "cronjobs" : "jobs"; }

std::string KubePath(const Reflector::Target& target, const std::string& query) {
  std::string path = "/apis/batch/v1/";
  if (!target.scope.empty()) path += "namespaces/" + UrlEncode(target.scope) + "/";
  path += std::string(KubeKindName(target.kind)) + "?" + query;
  if (!target.selector.empty()) path += "&labelSelector=" + UrlEncode(target.selector);
  return path;
}

}  // namespace batchslo
