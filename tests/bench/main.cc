// One benchmark a call: `batchslo_bench NAME`; without a name it lists them. tests/bench/run calls all of them.
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>

#include "tests/bench/measure.h"

namespace {

namespace bench = batchslo::bench;

constexpr struct {
  const char* name;
  void (*run)();
} kBenchmarks[] = {
    {"exposition", bench::BenchExposition}, {"gzip", bench::BenchGzip}, {"memory", bench::BenchMemory},   {"evaluation", bench::BenchEvaluation},
    {"cron", bench::BenchCron},             {"kubernetes", bench::BenchKubernetes}, {"listing", bench::BenchListing},
    {"config", bench::BenchConfig},         {"polling", bench::BenchPolling}, {"heartbeats", nullptr},
};

// The daemon is built beside us.
void Heartbeats() { bench::BenchHeartbeats(std::filesystem::read_symlink("/proc/self/exe").replace_filename("batchslo_exporter")); }

}  // namespace

int main(int count, char** arguments) {
  for (const auto& benchmark : kBenchmarks) {
    if (count < 2) std::puts(benchmark.name);
    if (count < 2 || std::strcmp(arguments[1], benchmark.name) != 0) continue;
    try {
      benchmark.run ? benchmark.run() : Heartbeats();
      return 0;
    } catch (const std::exception& fault) {
      std::fprintf(stderr, "%s: %s\n", benchmark.name, fault.what());
      return 1;
    }
  }
  return count < 2 ? 0 : 2;
}
