// Tested by tests/cli/discover_test.py; on a real API server by tests/peers/kubernetes.
#include "exporter/core/cron.h"
#include "exporter/core/judge.h"
#include "exporter/sources/kubernetes_call.h"
#include "exporter/sources/kubernetes_inquiry.h"
#include "exporter/sources/kubernetes_selector.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostObjects = 100'000;

Result<std::vector<KubeObject>> ListCronJobs(KubeCaller& caller, const Reflector::Target& target, Deadline deadline) {
  std::vector<KubeObject> objects;
  std::string token;
  do {
    auto reply = caller.Get(KubePath(target, "limit=500" + (token.empty() ? "" : "&continue=" + UrlEncode(token))), deadline);
    if (!reply) return reply.GetError();
    if (reply->status != 200)
      return Error{"listing cronjobs: " + std::to_string(reply->status) + ": " + KubeErrorText(reply->body) + "; check sources tells which rights are missing"};
    const auto page = ParseKubePage(reply->body, [&](KubeObject&& object) { objects.push_back(std::move(object)); });
    if (!page) return page.GetError();
    token = page->continue_token;
  } while (!token.empty() && objects.size() < kMostObjects);
  return objects;
}

// What it would be judged by if nobody wrote anything, written down; none: its schedule can't be read, or has no period.
std::string SuggestionFor(const KubeObject& object, const std::string& zone_name, TimePoint now) {
  const auto zone = Zone::Find(zone_name);
  const auto schedule = Schedule::Parse(object.schedule, Dialect::kKubernetes, zone ? *zone : Zone{});
  if (!schedule) return "";
  std::optional<Duration> period = schedule->Every();
  const auto next = schedule->HasTicks() ? schedule->Next(now) : std::nullopt;
  const auto then = next ? schedule->Next(*next) : std::nullopt;
  if (then) period = *then - *next;
  return period ? "every_run: {tolerate: " + std::to_string(DerivedTolerance(*period)) + "}" : "";
}

std::string FactsOf(const KubeObject& object, const std::string& zone) {
  std::string facts = "\"" + object.schedule + "\" in " + zone;
  if (object.timezone.empty()) facts += ", the controller's zone";
  if (object.suspended) facts += "; suspended";
  facts += object.last_success ? "; last success " + FormatRfc3339(*object.last_success) : "; no success yet";
  for (const auto& [key, value] : object.annotations) facts += "; batchslo/" + key + ": " + value;
  return facts;
}

Discovery::Job JobOf(const KubeObject& object, const SourceConfig& config, TimePoint now) {
  const std::string controller = config.options.String("controller_timezone");
  const std::string zone = !object.timezone.empty() ? object.timezone : controller.empty() ? "UTC" : controller;
  const std::string id = object.ns + "/" + object.name;
  std::string keys = config.options.String("discover") == "none" ? "runs: {source: " + YamlText(config.name) + ", cronjob: " + YamlText(id) + "}" : "";
  const std::string suggestion = object.annotations.empty() ? SuggestionFor(object, zone, now) : "";
  if (!keys.empty() && !suggestion.empty()) keys += ", ";
  return {config.prefix + id, FactsOf(object, zone), "{" + keys + suggestion + "}"};
}

}  // namespace

Result<Discovery> DiscoverKubernetes(const Inquiry& inquiry) {
  auto access = KubeAccessOf(inquiry.config, inquiry.services);
  if (!access) return access.GetError();
  KubeCaller caller(std::move(access).Value(), inquiry.services);
  const auto selector = LabelSelector::Parse(inquiry.config.options.String("label_selector"));
  Discovery found;
  for (const Reflector::Target& target : KubeTargetsOf(inquiry.config)) {
    if (target.kind != KubeShared::Kind::kCronJobs) continue;
    const auto objects = ListCronJobs(caller, target, inquiry.deadline);
    if (!objects) return objects.GetError();
    for (const KubeObject& object : *objects) {
      const bool is_wanted = !inquiry.config.options.Has("label_selector") || (selector && selector->Takes(object.labels));
      if (is_wanted) found.jobs.push_back(JobOf(object, inquiry.config, inquiry.services.clock.Now()));
    }
  }
  found.summary = std::to_string(found.jobs.size()) + " CronJobs at " + caller.Server();
  if (inquiry.config.options.String("discover") != "none")
    found.notes = {"All of them are judged already, as warnings, by what stands here; written down, a miss is critical and pages."};
  found.notes.emplace_back("Instead, or beside it, a deadline: by: \"10:00 mon-fri\", within: 26h, max_runtime: 2h.");
  Finish(found);
  return found;
}

}  // namespace batchslo
