#include "tests/bench/kube_pages.h"

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace batchslo::bench {
namespace {

// $c: number of the CronJob  $j: of the Job  $m: its minute  $n: namespace  $s, $f: when it was due, and done
constexpr std::string_view kTemplate =
    R"("template":{"metadata":{"creationTimestamp":null,"labels":{"app.kubernetes.io/component":"batch","app.kubernetes.io/instance":"train-items-$c","app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/name":"train-items","team":"$n"},"annotations":{"cluster-autoscaler.kubernetes.io/safe-to-evict":"false","sidecar.istio.io/inject":"false"}},"spec":{"volumes":[{"name":"config","configMap":{"name":"train-items-$c-config","defaultMode":420}},{"name":"credentials","secret":{"secretName":"train-items-$c-credentials","defaultMode":420}}],"containers":[{"name":"main","image":"europe-docker.pkg.dev/example-prod/batch/train-items@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","command":["python","-m","train.items"],"args":["--date","$s","--shard","$c","--output","bigquery://example-prod/mart.items_$c"],"env":[{"name":"LOG_LEVEL","value":"INFO"},{"name":"GOOGLE_CLOUD_PROJECT","value":"example-prod"},{"name":"DATABASE_URL","valueFrom":{"secretKeyRef":{"name":"train-items-$c-credentials","key":"url"}}},{"name":"DATABASE_PASSWORD","valueFrom":{"secretKeyRef":{"name":"train-items-$c-credentials","key":"password"}}},{"name":"POD_NAME","valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}}},{"name":"OTEL_EXPORTER_OTLP_ENDPOINT","value":"http://otel-collector.observability:4317"}],"resources":{"limits":{"cpu":"4","memory":"16Gi"},"requests":{"cpu":"2","memory":"8Gi"}},"volumeMounts":[{"name":"config","readOnly":true,"mountPath":"/etc/train-items"},{"name":"credentials","readOnly":true,"mountPath":"/var/run/secrets/train-items"}],"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"FallbackToLogsOnError","imagePullPolicy":"IfNotPresent","securityContext":{"capabilities":{"drop":["ALL"]},"runAsNonRoot":true,"readOnlyRootFilesystem":true,"allowPrivilegeEscalation":false}}],"restartPolicy":"Never","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","nodeSelector":{"cloud.google.com/gke-nodepool":"batch"},"serviceAccountName":"train-items","serviceAccount":"train-items","securityContext":{"runAsUser":10001,"fsGroup":10001},"schedulerName":"default-scheduler","tolerations":[{"key":"dedicated","operator":"Equal","value":"batch","effect":"NoSchedule"}]}})";

constexpr std::string_view kManaged =
    R"("managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"batch/v1","time":"$s","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:batch.kubernetes.io/cronjob-scheduled-timestamp":{}},"f:labels":{".":{},"f:app.kubernetes.io/component":{},"f:app.kubernetes.io/instance":{},"f:app.kubernetes.io/managed-by":{},"f:app.kubernetes.io/name":{},"f:team":{}},"f:ownerReferences":{".":{},"k:{\"uid\":\"c0ffee00-0000-4000-8000-0000$c\"}":{}}},"f:spec":{"f:backoffLimit":{},"f:completionMode":{},"f:completions":{},"f:manualSelector":{},"f:parallelism":{},"f:podReplacementPolicy":{},"f:suspend":{},"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"main\"}":{".":{},"f:args":{},"f:command":{},"f:env":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{},"f:terminationMessagePath":{},"f:volumeMounts":{}}},"f:dnsPolicy":{},"f:nodeSelector":{},"f:restartPolicy":{},"f:schedulerName":{},"f:serviceAccount":{},"f:terminationGracePeriodSeconds":{},"f:volumes":{}}}}}},{"manager":"kube-controller-manager","operation":"Update","apiVersion":"batch/v1","time":"$f","fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:completionTime":{},"f:conditions":{},"f:ready":{},"f:startTime":{},"f:succeeded":{},"f:terminating":{},"f:uncountedTerminatedPods":{"f:succeeded":{}}}},"subresource":"status"}])";

constexpr std::string_view kJob =
    R"({"metadata":{"name":"train-items-$c-$m","namespace":"$n","uid":"$jb0b0000-0000-4000-8000-000000000001","resourceVersion":"$j9","generation":1,"creationTimestamp":"$s","labels":{"app.kubernetes.io/component":"batch","app.kubernetes.io/instance":"train-items-$c","app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/name":"train-items","team":"$n"},"annotations":{"batch.kubernetes.io/cronjob-scheduled-timestamp":"$s","batch.kubernetes.io/job-tracking":""},"ownerReferences":[{"apiVersion":"batch/v1","kind":"CronJob","name":"train-items-$c","uid":"c0ffee00-0000-4000-8000-0000$c","controller":true,"blockOwnerDeletion":true}],$M},"spec":{"parallelism":1,"completions":1,"backoffLimit":2,"selector":{"matchLabels":{"batch.kubernetes.io/controller-uid":"$jb0b0000-0000-4000-8000-000000000001"}},$T,"completionMode":"NonIndexed","suspend":false,"podReplacementPolicy":"TerminatingOrFailed"},"status":{"conditions":[{"type":"SuccessCriteriaMet","status":"True","lastProbeTime":"$f","lastTransitionTime":"$f","reason":"CompletionsReached","message":"Reached expected number of succeeded pods"},{"type":"Complete","status":"True","lastProbeTime":"$f","lastTransitionTime":"$f","reason":"CompletionsReached","message":"Reached expected number of succeeded pods"}],"startTime":"$s","completionTime":"$f","succeeded":1,"terminating":0,"uncountedTerminatedPods":{},"ready":0}})";

constexpr std::string_view kCronJob =
    R"({"metadata":{"name":"train-items-$c","namespace":"$n","uid":"c0ffee00-0000-4000-8000-0000$c","resourceVersion":"$j8","generation":3,"creationTimestamp":"2025-11-03T09:12:44Z","labels":{"app.kubernetes.io/component":"batch","app.kubernetes.io/instance":"train-items-$c","app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/name":"train-items","team":"$n"},"annotations":{"batchslo/team":"$n","meta.helm.sh/release-name":"train-items-$c","meta.helm.sh/release-namespace":"$n"},$M},"spec":{"schedule":"$m */2 * * *","timeZone":"Asia/Tokyo","concurrencyPolicy":"Forbid","suspend":false,"jobTemplate":{"metadata":{"creationTimestamp":null},"spec":{"backoffLimit":2,$T}},"successfulJobsHistoryLimit":10,"failedJobsHistoryLimit":1},"status":{"lastScheduleTime":"$s","lastSuccessfulTime":"$f"}})";

struct Values {
  std::string cron, job, minute, ns, due, done;
};

std::string Text(const char* format, unsigned long long number) {
  char text[32];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

std::string TimeText(std::time_t time) {
  char text[32];
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::strftime(text, sizeof text, "%FT%TZ", &parts);
  return text;
}

void Fill(std::string& out, std::string_view pattern, const Values& values) {
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t mark = pattern.find('$', at);
    out.append(pattern.substr(at, mark - at));
    if (mark == std::string_view::npos) return;
    switch (pattern[mark + 1]) {
      case 'c': out += values.cron; break;
      case 'j': out += values.job; break;
      case 'm': out += values.minute; break;
      case 'n': out += values.ns; break;
      case 's': out += values.due; break;
      case 'f': out += values.done; break;
      case 'M': Fill(out, kManaged, values); break;
      case 'T': Fill(out, kTemplate, values); break;
      default: break;
    }
    at = mark + 2;
  }
}

Values ValuesOf(PageKind kind, std::size_t index) {
  constexpr std::time_t kDay = 1'772'323'200;  // 2026-03-01
  static constexpr const char* kNamespaces[] = {"recommend", "search", "billing", "warehouse", "ads", "ml-platform"};
  const bool is_job = kind == PageKind::kJobs;
  const std::size_t cron = is_job ? index / 10 : index, run = is_job ? index % 10 : 9;
  const std::time_t due = kDay + static_cast<std::time_t>(run * 7200 + cron % 60 * 60);
  return {Text("%08llu", cron), Text("%05llx", index), is_job ? Text("%llu", static_cast<unsigned long long>(due / 60)) : Text("%llu", cron % 60),
          kNamespaces[cron % std::size(kNamespaces)], TimeText(due), TimeText(due + 180 + static_cast<std::time_t>(index % 97))};
}

}  // namespace

std::string KubePageText(PageKind kind, std::size_t first, std::size_t count, const std::string& next) {
  const bool jobs = kind == PageKind::kJobs;
  std::string out = R"({"kind":")" + std::string(jobs ? "JobList" : "CronJobList") + R"(","apiVersion":"batch/v1","metadata":{"resourceVersion":"987654321")";
  if (!next.empty()) out += R"(,"continue":")" + next + R"(","remainingItemCount":500)";
  out += R"(},"items":[)";
  for (std::size_t i = first; i < first + count; ++i) {
    if (i > first) out += ',';
    Fill(out, jobs ? kJob : kCronJob, ValuesOf(kind, i));
  }
  return out + "]}\n";
}

}  // namespace batchslo::bench
