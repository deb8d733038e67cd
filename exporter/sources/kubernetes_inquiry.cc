// Tested by tests/cli/check_sources_test.py; on a real API server by tests/peers/kubernetes.
#include "exporter/sources/kubernetes_inquiry.h"

#include <nlohmann/json.hpp>

#include "exporter/net/json.h"
#include "exporter/sources/kubernetes_call.h"

namespace batchslo {
namespace {

using Found = CheckRow::Found;
using Target = Reflector::Target;

std::string Where(const std::string& scope) { return scope.empty() ? "in all namespaces" : "in namespace " + scope; }

std::string RuleFor(const std::string& scope, const std::string& rule) {
  return (scope.empty() ? "# rules of its ClusterRole:\n" : "# rules of its Role in namespace " + scope + ":\n") + rule;
}

const char* FeatureOf(const Target& target) {
  if (!target.as_job.empty()) return "runs of Jobs without a CronJob";
  return target.kind == KubeShared::Kind::kCronJobs ? "which jobs there are, their schedules and annotations" : "when runs started, and how they ended";
}

class KubeCheck {
 public:
  KubeCheck(const Inquiry& inquiry, KubeCaller& caller) : inquiry_(inquiry), caller_(caller) {}

  std::vector<CheckRow> Run() {
    std::vector<CheckRow> rows = {LogIn()};
    if (rows.front().found != Found::kGood) return rows;
    for (const Target& target : KubeTargetsOf(inquiry_.config)) rows.push_back(MayFollow(target));
    for (const std::string& scope : JobScopes()) {
      for (const Detail& detail : kDetails) {
        if (!detail.of_logs || inquiry_.config.options.String("logs") == "on_failure") rows.push_back(MayExplain(detail, scope));
      }
    }
    for (const std::string& name : inquiry_.config.options.Strings("namespaces")) rows.push_back(NamespaceExists(name));
    return rows;
  }

 private:
  // Everybody who is let in may ask for the version.
  CheckRow LogIn() {
    CheckRow row{Found::kFailed, "log in at " + caller_.Server(), "everything", "", ""};
    const auto reply = caller_.Get("/version", inquiry_.deadline);
    if (!reply) return row.message = reply.Message(), row;
    if (reply->status == 401) {
      row.message = "401: the credentials were refused: is the token current?";
      row.remedy = "kubectl auth whoami    # with the same kubeconfig";
      return row;
    }
    row.found = Found::kGood;
    const auto version = ReadJson(reply->body);
    if (version) row.message = "Kubernetes " + JsonText(*version, "gitVersion");
    return row;
  }

  CheckRow MayFollow(const Target& target) {
    const std::string kind = KubeKindName(target.kind);
    CheckRow row{Found::kFailed, "list and watch " + kind + " " + Where(target.scope), FeatureOf(target), "", ""};
    if (!target.selector.empty()) row.tried += " with " + target.selector;
    const auto listed = caller_.Get(KubePath(target, "limit=1"), inquiry_.deadline);
    if (!listed) return row.message = listed.Message(), row;
    const bool may_list = listed->status == 200;
    if (!may_list && listed->status != 403) return row.message = std::to_string(listed->status) + ": " + KubeErrorText(listed->body), row;
    const auto may_watch = MayWatch(kind, target.scope);
    std::string verbs = may_list ? "" : "list";
    if (may_watch && !*may_watch) verbs += verbs.empty() ? "watch" : ", watch";
    if (may_list) Saw(target, listed->body);
    if (!verbs.empty()) {
      row.message = may_list ? "it may list, but not watch" : "403: " + KubeErrorText(listed->body);
      row.remedy = RuleFor(target.scope, "- {apiGroups: [batch], resources: [" + kind + "], verbs: [" + verbs + "]}");
      return row;
    }
    row.found = Found::kGood;
    if (!may_watch) row.message = "listing was tried; the server does not say whether it may watch";
    return row;
  }

  // What tells why a run failed, and nothing else hangs on.
  struct Detail {
    const char *verb, *resource, *subresource, *feature;
    bool of_logs;
  };
  static constexpr Detail kDetails[] = {
      {"list", "pods", "", "why runs failed: exit codes, OOMKilled, ImagePullBackOff ...", false},
      {"list", "events", "", "why pods never started", false},
      {"get", "pods", "log", "the traceback of a run that failed (logs: on_failure)", true},
  };

  std::set<std::string> JobScopes() const {
    std::set<std::string> scopes;
    for (const Target& target : KubeTargetsOf(inquiry_.config)) scopes.insert(target.scope);
    return scopes;
  }

  // It is asked about, not tried: there may be no pod. Without it nothing is wrong, unless logs were asked for.
  CheckRow MayExplain(const Detail& detail, const std::string& scope) {
    const std::string resource = std::string(detail.resource) + (*detail.subresource ? "/" : "") + detail.subresource;
    CheckRow row{Found::kGood, std::string(detail.verb) + " " + resource + " " + Where(scope), detail.feature, "", ""};
    const auto may = May({{"group", ""}, {"resource", detail.resource}, {"subresource", detail.subresource}, {"verb", detail.verb}}, scope);
    if (may && *may) return row;
    row.found = may && detail.of_logs ? Found::kFailed : Found::kUnknown;
    row.message = may ? "it may not; failures are shown without it" : "the server does not say whether it may";
    if (may) row.remedy = RuleFor(scope, "- {apiGroups: [\"\"], resources: [" + resource + "], verbs: [" + detail.verb + "]}");
    return row;
  }

  // A watch is asked about, not begun: it would stay open.
  std::optional<bool> MayWatch(const std::string& kind, const std::string& scope) {
    return May({{"group", "batch"}, {"resource", kind}, {"verb", "watch"}}, scope);
  }

  // None: it is not said.
  std::optional<bool> May(nlohmann::json attributes, const std::string& scope) {
    if (!scope.empty()) attributes["namespace"] = scope;
    const nlohmann::json review = {{"apiVersion", "authorization.k8s.io/v1"}, {"kind", "SelfSubjectAccessReview"}, {"spec", {{"resourceAttributes", attributes}}}};
    const auto reply = caller_.Post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review.dump(), inquiry_.deadline);
    if (!reply || reply->status != 201) return std::nullopt;
    const nlohmann::json body = ReadJson(reply->body).value_or(nlohmann::json());
    const nlohmann::json& allowed = JsonChild(JsonChild(body, "status"), "allowed");
    return allowed.is_boolean() ? std::optional(allowed.get<bool>()) : std::nullopt;
  }

  void Saw(const Target& target, std::string body) {
    const auto page = ParseKubePage(body, [](KubeObject&&) {});
    if (page && page->items > 0) inhabited_.insert(target.scope);
  }

  // Needed only while nothing is listed there.
  CheckRow NamespaceExists(const std::string& name) {
    CheckRow row{Found::kFailed, "see namespace " + name, "telling an empty namespace from a misspelt one", "", ""};
    const auto reply = caller_.Get("/api/v1/namespaces/" + UrlEncode(name), inquiry_.deadline);
    if (!reply) return row.message = reply.Message(), row;
    if (reply->status == 200) return row.found = Found::kGood, row;
    if (reply->status == 404) return row.message = "there is no namespace \"" + name + "\"; is it spelt right?", row;
    row.message = std::to_string(reply->status) + ": " + KubeErrorText(reply->body);
    if (inhabited_.contains(name)) {
      row.found = Found::kUnknown;
      row.message += "; it goes without, as long as something is listed there";
    }
    if (reply->status == 403) row.remedy = RuleFor(name, "- {apiGroups: [\"\"], resources: [namespaces], verbs: [get]}");
    return row;
  }

  const Inquiry& inquiry_;
  KubeCaller& caller_;
  std::set<std::string> inhabited_;  // namespaces in which something was listed
};

}  // namespace

std::vector<CheckRow> CheckKubernetes(const Inquiry& inquiry) {
  auto access = KubeAccessOf(inquiry.config, inquiry.services);
  if (!access) return {{Found::kFailed, "find the cluster", "everything", access.Message(), ""}};
  KubeCaller caller(std::move(access).Value(), inquiry.services);
  return KubeCheck(inquiry, caller).Run();
}

}  // namespace batchslo
