#pragma once
// What every benchmark needs: time of the CPU, memory, and the lines that are printed.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace batchslo::bench {

double ThreadSeconds();   // of CPU, of this thread
double ProcessSeconds();  // of CPU, of all threads of this process

double CpuOf(const std::function<void()>& work);

// The least CPU seconds of each, over so many rounds in which each has its turn.
std::vector<double> Minima(int rounds, const std::vector<std::function<void()>>& works);

// Bytes. What is free is given back first, so that two of them can be compared.
double Resident();
// The highest since the last ForgetPeak.
double PeakResident();
void ForgetPeak();

// One line of the table in README.md, and what it is held against.
struct Figure {
  std::string_view id;
  double value;
  std::string_view unit;
  double goal, floor;
};
void Print(const Figure& figure);

// Anything else that is worth a line.
void Note(const char* format, ...) __attribute__((format(printf, 1, 2)));

// So that no work is left out because nobody looks at it.
template <class Value>
void Keep(const Value& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// The benchmarks, a file each.
void BenchCron();
void BenchEvaluation();
void BenchExposition();
void BenchGzip();
void BenchMemory();
void BenchKubernetes();
void BenchListing();
void BenchConfig();
void BenchPolling();
void BenchHeartbeats(const std::string& exporter);

}  // namespace batchslo::bench
