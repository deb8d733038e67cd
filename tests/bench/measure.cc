#include "tests/bench/measure.h"

#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <limits>

namespace batchslo::bench {
namespace {

double SecondsOf(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

double ThreadSeconds() { return SecondsOf(CLOCK_THREAD_CPUTIME_ID); }
double ProcessSeconds() { return SecondsOf(CLOCK_PROCESS_CPUTIME_ID); }

double CpuOf(const std::function<void()>& work) {
  const double before = ThreadSeconds();
  work();
  return ThreadSeconds() - before;
}

std::vector<double> Minima(int rounds, const std::vector<std::function<void()>>& works) {
  std::vector<double> least(works.size(), std::numeric_limits<double>::max());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < works.size(); ++i) least[i] = std::min(least[i], CpuOf(works[i]));
  }
  return least;
}

double Resident() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double PeakResident() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

void ForgetPeak() { std::ofstream("/proc/self/clear_refs") << 5; }

void Print(const Figure& figure) {
  std::printf("FIGURE %.*s %.4g %.*s goal %g floor %g\n", static_cast<int>(figure.id.size()), figure.id.data(), figure.value,
              static_cast<int>(figure.unit.size()), figure.unit.data(), figure.goal, figure.floor);
  std::fflush(stdout);
}

void Note(const char* format, ...) {
  std::fputs("NOTE ", stdout);
  va_list arguments;
  va_start(arguments, format);
  std::vprintf(format, arguments);
  va_end(arguments);
  std::puts("");
  std::fflush(stdout);
}

}  // namespace batchslo::bench
