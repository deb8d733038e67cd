// Runs seeds and tells what was wrong with them. README.md says how.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "exporter/core/time.h"
#include "tests/sim/run.h"
#include "tests/sim/shrink.h"

namespace sim {
namespace {

constexpr std::array kCounts = {"false_met", "false_missed", "unknown_over_bound", "lost"};  // as oracle::Broken
using Counts = std::array<std::uint64_t, kCounts.size()>;

struct Asked {
  std::uint64_t first = 1, seeds = 5000;
  int jobs = 1;
  bool stops = false;  // at the first seed with a fault
  bool is_brief = false;
  std::vector<std::uint64_t> before;  // seeds that come first
  std::set<std::uint64_t> except;
};

std::string Text(Instant at) { return batchslo::FormatRfc3339(batchslo::TimePoint{batchslo::Duration{at}}); }

void Tell(const Finding& finding, std::ostream& out) {
  const oracle::Fault& fault = finding.fault;
  out << Text(finding.at) << " " << kCounts[static_cast<std::size_t>(fault.what)] << ": " << fault.job << (fault.objective.empty() ? "" : ", " + fault.objective) << ": " << fault.text << "\n";
}

// I7: what hangs or is broken for ever changes nothing for the others.
void CheckPoison(const Plan& plan, const std::string& directory, Outcome& without) {
  Plan poisoned = plan;
  poisoned.has_poison = true;
  const Outcome with = RunPlanned(poisoned, directory, Telling::kNothing);
  for (const Finding& finding : with.findings) without.findings.push_back(finding);
  const auto [one, other] = std::mismatch(without.verdicts.begin(), without.verdicts.end(), with.verdicts.begin(), with.verdicts.end());
  if (one == without.verdicts.end() && other == with.verdicts.end()) return;
  without.findings.push_back({plan.end, {oracle::Broken::kUnknownOverBound, "", "", "I7: beside a source that is broken it is told otherwise:\n" + (one == without.verdicts.end() ? "" : *one) + "became\n" + (other == with.verdicts.end() ? "" : *other)}});
}

Outcome RunSeed(const Plan& plan, const std::string& directory) {
  Outcome outcome = RunPlanned(plan, directory, Telling::kNothing);
  if (outcome.findings.empty() && plan.seed % 16 == 0) CheckPoison(plan, directory, outcome);
  return outcome;
}

// The smallest plan that fails so, as a story, and as facts for `batchslo_exporter replay`.
void TellAll(const Plan& plan, oracle::Broken what, const std::string& directory, std::ostream& out) {
  const Plan small = Shrink(plan, [&](const Plan& smaller) {
    const auto findings = RunPlanned(smaller, directory, Telling::kNothing).findings;
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.fault.what == what; });
  });
  Outcome outcome = RunPlanned(small, directory, Telling::kAll);
  const Instant until = outcome.findings.empty() ? small.end : outcome.findings.front().at;
  std::stable_sort(outcome.timeline.begin(), outcome.timeline.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out << "-- what happened\n";
  for (const auto& [at, text] : outcome.timeline) {
    if (at <= until) out << Text(at) << " " << text << "\n";
  }
  for (const Finding& finding : outcome.findings) out << "WRONG ", Tell(finding, out);
  out << "-- the configuration\n" << outcome.config << "-- the facts\n";
  for (const std::string& fact : outcome.facts) out << fact << "\n";
}

// Every n-th seed from one on.
Counts RunShare(const Asked& asked, int share, const std::string& directory, std::ostream& out) {
  Counts counts{};
  std::vector<std::uint64_t> seeds = asked.before;
  for (std::uint64_t seed = asked.first; seed < asked.first + asked.seeds; ++seed) seeds.push_back(seed);
  std::erase_if(seeds, [&](std::uint64_t seed) { return asked.except.contains(seed); });
  for (std::size_t i = static_cast<std::size_t>(share); i < seeds.size(); i += static_cast<std::size_t>(asked.jobs)) {
    const Plan plan = MakePlan(seeds[i]);
    const Outcome outcome = RunSeed(plan, directory);
    if (outcome.findings.empty()) continue;
    out << "seed " << seeds[i] << ": ";
    for (const Finding& finding : outcome.findings) ++counts[static_cast<std::size_t>(finding.fault.what)], Tell(finding, out);
    out.flush();
    if (asked.stops) break;
    if (asked.is_brief) continue;
    TellAll(plan, outcome.findings.front().fault.what, directory, out);
    if (counts[0] + counts[1] + counts[2] + counts[3] >= 5) break;  // enough to mend
  }
  return counts;
}

std::string Scratch() {
  const char* const base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  std::string pattern = std::string(base) + "/batchslo-sim-XXXXXX";
  return mkdtemp(pattern.data()) ? pattern : "";
}

// A process a share: what the product does is done by its one thread.
Counts RunShares(const Asked& asked, const std::string& scratch) {
  std::vector<pid_t> children;
  for (int share = 0; share < asked.jobs; ++share) {
    const pid_t child = fork();
    if (child > 0) children.push_back(child);
    if (child != 0) continue;
    std::ofstream said(scratch + "/said-" + std::to_string(share));
    const Counts counts = RunShare(asked, share, scratch + "/" + std::to_string(share), said);
    std::ofstream told(scratch + "/counts-" + std::to_string(share));
    for (const auto count : counts) told << count << " ";
    told.close();
    said.close();
    _exit(0);
  }
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  Counts all{};
  for (int share = 0; share < asked.jobs; ++share) {
    std::cout << std::ifstream(scratch + "/said-" + std::to_string(share)).rdbuf();
    std::cout.clear();
    std::ifstream told(scratch + "/counts-" + std::to_string(share));
    for (auto& count : all) {
      std::uint64_t one = 1;
      told >> one ? void(count += one) : void(++all[3]);  // it did not come to its end
    }
  }
  return all;
}

std::vector<std::uint64_t> Seeds(const std::string& text) {
  std::vector<std::uint64_t> seeds;
  std::istringstream stream(text);
  for (std::string seed; std::getline(stream, seed, ',');) seeds.push_back(std::strtoull(seed.c_str(), nullptr, 10));
  return seeds;
}

bool ReadArguments(int argc, char** argv, Asked& asked) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto equals = argument.find('=');
    const std::string name = argument.substr(0, equals), value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    const auto number = std::strtoull(value.c_str(), nullptr, 10);
    if (name == "--seeds") asked.seeds = number;
    else if (name == "--first") asked.first = number;
    else if (name == "--jobs") asked.jobs = static_cast<int>(std::clamp<std::uint64_t>(number, 1, 64));
    else if (name == "--stop") asked.stops = true;
    else if (name == "--brief") asked.is_brief = true;
    else if (name == "--before") asked.before = Seeds(value);
    else if (name == "--except") for (const auto seed : Seeds(value)) asked.except.insert(seed);
    else return false;
  }
  return true;
}

int Main(int argc, char** argv) {
  Asked asked;
  if (!ReadArguments(argc, argv, asked)) return std::cerr << "usage: batchslo_sim [--seeds=N] [--first=SEED] [--before=SEED,...] [--except=SEED,...] [--jobs=N] [--stop] [--brief]\n", 2;
  const std::string scratch = Scratch();
  if (scratch.empty()) return std::cerr << "batchslo_sim: no folder for ledgers can be made\n", 2;
  const Counts counts = RunShares(asked, scratch);
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
  std::cout << "SIM seeds=" << asked.seeds + asked.before.size();
  for (std::size_t i = 0; i < counts.size(); ++i) std::cout << " " << kCounts[i] << "=" << counts[i];
  std::cout << "\n";
  return std::any_of(counts.begin(), counts.end(), [](auto count) { return count > 0; }) ? 1 : 0;
}

}  // namespace
}  // namespace sim

int main(int argc, char** argv) { return sim::Main(argc, argv); }
