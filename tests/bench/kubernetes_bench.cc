// I1: a page of 500 Jobs and one of 500 CronJobs from JSON into our records, and into nlohmann's DOM, which has then still
// to be read.
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exporter/sources/kubernetes_parse.h"
#include "tests/bench/kube_pages.h"
#include "tests/bench/measure.h"

namespace batchslo::bench {

void BenchKubernetes() {
  constexpr std::size_t kObjects = 500;
  const std::string jobs = KubePageText(PageKind::kJobs, 0, kObjects, "next"), cron_jobs = KubePageText(PageKind::kCronJobs, 0, kObjects, "");
  const auto ours = [&] {
    for (const std::string* text : {&jobs, &cron_jobs}) {
      std::string body = *text;
      std::vector<KubeObject> objects;
      const auto page = ParseKubePage(body, [&](KubeObject&& object) { objects.push_back(std::move(object)); });
      if (!page || objects.size() != kObjects || objects.back().uid.empty()) throw std::runtime_error("the page was not read");
      Keep(objects);
    }
  };
  const auto dom = [&] {
    for (const std::string* text : {&jobs, &cron_jobs}) Keep(nlohmann::json::parse(*text));
  };
  const std::vector<double> least = Minima(9, {ours, dom});
  const double megabytes = static_cast<double>(jobs.size() + cron_jobs.size()) / 1e6;
  Note("%.0f B a Job, %.0f B a CronJob; nlohmann %.1f MB/s", static_cast<double>(jobs.size()) / kObjects, static_cast<double>(cron_jobs.size()) / kObjects,
       megabytes / least[1]);
  Print({"I1", megabytes / least[0], "MB/s", 500, 300});
  Print({"I1x", least[1] / least[0], "x", 15, 10});
}

}  // namespace batchslo::bench
