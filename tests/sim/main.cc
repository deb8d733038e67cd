#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "tests/sim/run.h"

int main(int argc, char** argv) {
  std::uint64_t first = 1, count = 100;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--first")) first = std::strtoull(argv[i + 1], nullptr, 10);
    if (!std::strcmp(argv[i], "--seeds")) count = std::strtoull(argv[i + 1], nullptr, 10);
  }
  const std::string dir = "/dev/shm/batchslo-sim-" + std::to_string(getpid());
  std::size_t looks = 0, bad = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    const auto plan = sim::MakePlan(seed);
    const auto out = sim::RunPlanned(plan, dir, count == 1 ? sim::Telling::kAll : sim::Telling::kNothing);
    looks += out.looks;
    if (!out.findings.empty()) {
      ++bad;
      for (const auto& f : out.findings) std::printf("seed %lu: %d %s %s: %s\n", seed, (int)f.fault.what, f.fault.job.c_str(), f.fault.objective.c_str(), f.fault.text.c_str());
    }
    if (count == 1) {
      auto tl = out.timeline;
      std::stable_sort(tl.begin(), tl.end(), [](auto& a, auto& b) { return a.first < b.first; });
      const auto until = out.findings.empty() ? plan.end : out.findings[0].at;
      for (auto& [at, text] : tl) {
        if (at > until + 3600000000) break;
        char b[40]; time_t t = at / 1000000; strftime(b, sizeof b, "%F %T", gmtime(&t));
        std::printf("%s.%06ld %s\n", b, at % 1000000, text.c_str());
      }
      std::printf("%s", out.config.c_str());
    }
  }
  std::printf("seeds=%lu looks=%zu bad=%zu\n", count, looks, bad);
  std::filesystem::remove_all(dir);
}
