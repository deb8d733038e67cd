#include "exporter/sources/kubernetes.h"

#include <set>
#include <thread>

#include "exporter/sources/kubernetes_watch.h"

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

std::vector<Reflector::Target> TargetsOf(const SourceConfig& config) {
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

// One thread a reflector; all of them end with the source.
class KubernetesFollower : public Follower {
 public:
  KubernetesFollower(const SourceConfig& config, const SourceServices& services, KubeAccess access)
      : shared_(config, services), credentials_(std::move(access), services.clock) {
    for (auto& target : TargetsOf(config)) reflectors_.push_back(std::make_unique<Reflector>(std::move(target), shared_, credentials_));
  }

  void Run(std::stop_token stop) override {
    std::vector<std::jthread> threads;
    for (auto& reflector : reflectors_) threads.emplace_back([&reflector, stop] { reflector->Run(stop); });
  }

  SourceState Health() override { return shared_.Health(); }

 private:
  KubeShared shared_;
  KubeCredentials credentials_;
  std::vector<std::unique_ptr<Reflector>> reflectors_;
};

Result<Source> Make(const SourceConfig& config, const SourceServices& services) {
  const std::string& file = config.options.String("kubeconfig");
  const std::string& context = config.options.String("context");
  auto access = file.empty() && context.empty() ? InClusterAccess() : services.read_kubeconfig(file, context);
  if (!access) return access.GetError();
  Source source;
  source.follower = std::make_unique<KubernetesFollower>(config, services, std::move(access).Value());
  return source;
}

std::string CronJobFault(std::string_view text) {
  const std::size_t slash = text.find('/');
  const bool good = slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() && text.find('/', slash + 1) == std::string_view::npos;
  return good ? "" : "write NAMESPACE/NAME";
}

std::string SelectorFault(std::string_view text) {
  const auto selector = LabelSelector::Parse(text);
  return selector ? "" : selector.Message();
}

std::string RunsFault(const Options& runs) {
  if (runs.Has("cronjob") == runs.Has("selector")) return "it wants either a cronjob, or a selector with its namespace";
  if (runs.Has("selector") != runs.Has("namespace")) return "a selector and its namespace go together";
  return "";
}

std::string Claim(const Options& runs) {
  return runs.Has("cronjob") ? runs.String("cronjob") : runs.String("namespace") + "?" + runs.String("selector");
}

}  // namespace

SourceKind KubernetesKind() {
  using enum OptionType;
  SourceSpec spec;
  spec.kind = "kubernetes";
  spec.summary = "CronJobs and their Jobs, watched";
  spec.options = {
      {"namespaces", kStrings, "Where to look; else in all", "[recommend, search]"},
      {"label_selector", kString, "Which CronJobs are discovered", "team=data", "", false, {}, SelectorFault},
      {"discover", kString, "Whether CronJobs that nobody configured are judged too", "none", "cronjobs", false, {"cronjobs", "none"}},
      {"kubeconfig", kFile, "How to reach the cluster; else the pod's service account", "/etc/batchslo/kubeconfig"},
      {"context", kString, "The context of the kubeconfig; else its current one", "prod"},
      {"controller_timezone", kZone, "The zone of CronJobs without a timeZone: that of kube-controller-manager", "Asia/Tokyo", "UTC"},
      {"logs", kLater, "remove it; a later version will read the logs of failed pods"},
  };
  spec.runs = {
      {"cronjob", kString, "A CronJob, as NAMESPACE/NAME", "billing/close-books", "", false, {}, CronJobFault},
      {"namespace", kString, "Of Jobs without a CronJob", "billing"},
      {"selector", kString, "The labels of Jobs without a CronJob", "app=close-books"},
  };
  spec.has_runs = true;
  spec.discovers = true;
  spec.watches = true;
  spec.dialect = "kubernetes";
  spec.runs_fault = RunsFault;
  spec.claim = Claim;
  return {std::move(spec), Make};
}

}  // namespace batchslo
