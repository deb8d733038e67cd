// C1: a configuration from its text to all that the daemon keeps of it, and what stays in memory of it.
#include <malloc.h>

#include <cstdio>
#include <stdexcept>

#include "exporter/config/config.h"
#include "exporter/sources/registry.h"
#include "tests/bench/measure.h"

namespace batchslo::bench {
namespace {

// Mostly short forms, some long ones, as in the sample.
std::string ConfigText(std::size_t jobs) {
  std::string text =
      "defaults: {timezone: Asia/Tokyo, severity: critical}\n"
      "sources:\n"
      "  gke: {kubernetes: {namespaces: [recommend, search]}}\n"
      "  dwh: {sql: {url: \"postgresql://slo@db/prod\", password: {env: PGPASSWORD}, updated_at: loaded_at}, poll_interval: 1m}\n"
      "  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}\n"
      "jobs:\n";
  static constexpr const char* kForms[] = {
      "  recommend/train-%zu:\n    output: dwh/mart.items_%zu\n    by: \"10:00 mon-fri\"\n    rows: \">= 1000\"\n    team: recommend\n    consumer: \"ads import, 10:00\"\n",
      "  search/index-%zu: {runs: {source: gke, cronjob: search/index-%zu}, every_run: {tolerate: 1}, team: search}\n",
      "  backup/db-%zu: {runs: {source: push}, schedule: \"0 3 * * *\", within: 26h, grace: 10m, runbook_url: https://wiki.example/backup/%zu}\n",
      "  billing/monthly-%zu:\n    runs: {source: push}\n    outputs:\n      ledger: {source: dwh, table: billing.ledger_%zu, updated_at: loaded_at, checks: {rows: \">= 1\", not_null: [amount], shrink: \"< 20%%\"}}\n"
      "    success: all\n    objectives:\n      books: {by: \"0 10 1 * *\", since: \"0 0 1 * *\", timezone: Europe/Berlin, severity: critical}\n      length: {max_runtime: 3h, severity: warning}\n    team: billing\n"};
  for (std::size_t i = 0; i < jobs; ++i) {
    char job[1024];
    std::snprintf(job, sizeof job, kForms[i % std::size(kForms)], i, i);
    text += job;
  }
  return text;
}

double SecondsOf(std::size_t jobs, int rounds) {
  const auto kinds = SourceSpecs();
  const std::string text = ConfigText(jobs);
  const auto parse = [&] {
    const ConfigResult result = ParseConfig(text, "batchslo.yml", kinds);
    if (!result.config) throw std::runtime_error(result.Faults().substr(0, 2000));
    if (result.config->fleet.jobs.size() != jobs) throw std::runtime_error("jobs were lost");
  };
  return Minima(rounds, {parse})[0];
}

// What a read configuration has on the heap: all of it the definitions, nothing of the document.
double KeptBytes(std::size_t jobs) {
  const auto kinds = SourceSpecs();
  const std::string text = ConfigText(jobs);
  const std::size_t before = mallinfo2().uordblks;
  const ConfigResult result = ParseConfig(text, "batchslo.yml", kinds);
  return static_cast<double>(mallinfo2().uordblks - before) / static_cast<double>(jobs);
}

}  // namespace

void BenchConfig() {
  const double small = SecondsOf(300, 7), large = SecondsOf(10'000, 7);
  Note("of a configuration with 10,000 jobs %.0f B a job stay on the heap (its text is %.0f)", KeptBytes(10'000), static_cast<double>(ConfigText(10'000).size()) / 1e4);
  Note("a configuration with 100,000 jobs is read in %.1f s", SecondsOf(100'000, 1));
  Print({"C1", small * 1e3, "ms", 30, 60});
  Print({"C1l", large, "s", 1, 2});
}

}  // namespace batchslo::bench
