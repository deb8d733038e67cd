#include "exporter/sources/kubernetes.h"

#include <algorithm>
#include <thread>

#include "exporter/sources/kubernetes_failures.h"
#include "exporter/sources/kubernetes_inquiry.h"
#include "exporter/sources/kubernetes_targets.h"

namespace batchslo {
namespace {

// One thread a reflector, and one that finds out why runs failed; all of them end with the source.
class KubernetesFollower : public Follower {
 public:
  KubernetesFollower(const SourceConfig& config, const SourceServices& services, KubeAccess access)
      : shared_(config, services), credentials_(std::move(access), services.clock), failures_(config, shared_.Services(), credentials_) {
    shared_.SetOnFailure([this](KubeFailure failure) { failures_.Ask(std::move(failure)); });
    for (auto& target : KubeTargetsOf(config)) reflectors_.push_back(std::make_unique<Reflector>(std::move(target), shared_, credentials_));
  }

  void Run(std::stop_token stop) override {
    std::vector<std::jthread> threads;
    threads.emplace_back([this, stop] { failures_.Run(stop); });
    for (auto& reflector : reflectors_) threads.emplace_back([&reflector, stop] { reflector->Run(stop); });
  }

  SourceState Health() override { return shared_.Health(); }

 private:
  KubeShared shared_;
  KubeCredentials credentials_;
  KubeFailures failures_;
  std::vector<std::unique_ptr<Reflector>> reflectors_;
};

Result<Source> Make(const SourceConfig& config, const SourceServices& services) {
  auto access = KubeAccessOf(config, services);
  if (!access) return access.GetError();
  Source source;
  source.follower = std::make_unique<KubernetesFollower>(config, services, std::move(access).Value());
  return source;
}

// Names as Kubernetes takes them: a label of RFC 1123 for the namespace, a subdomain for the CronJob.
std::string CronJobFault(std::string_view text) {
  const std::size_t slash = text.find('/');
  const bool good = slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() && text.find('/', slash + 1) == std::string_view::npos;
  if (!good) return "write NAMESPACE/NAME";
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/'; };
  if (!std::all_of(text.begin(), text.end(), allowed)) return "Kubernetes has no such name: lower-case letters, digits, - and . are allowed";
  return text.substr(0, slash).find('.') == std::string_view::npos ? "" : "a namespace has no dots in its name";
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
      {"logs", kString, "Whether the log of a container that failed is read: its end, once, when the run has failed", "on_failure", "none", false, {"on_failure", "none"}},
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
  spec.labels_fault = SelectorFault;
  return {std::move(spec), Make, CheckKubernetes, DiscoverKubernetes};
}

}  // namespace batchslo
