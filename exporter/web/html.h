#pragma once

#include <string>
#include <string_view>

#include "exporter/core/snapshot.h"

namespace batchslo {

inline constexpr std::size_t kJobsOnAPage = 500;

// The status page: jobs worst first, sources, what is wrong with ourselves. HTML without scripts. Pure.
struct PageView {
  std::string state, team;                 // filters; empty: all
  std::string notice;                      // shown on top; empty: none
  std::string root = "./";                 // how a link comes to the root: "./", "../", "../../"
  std::string telemetry_path = "/metrics";
  std::size_t page = 1;                    // of kJobsOnAPage jobs; one too far shows the last
};
std::string RenderPage(const Snapshot& snapshot, TimePoint now, const PageView& view);
std::string RenderJobPage(const JobState& job, const Snapshot& snapshot, TimePoint now, const std::string& root);
std::string RenderMissingPage(std::string_view what, const std::string& root);

std::string_view StyleSheet();

// "3 min", "2 h", "5 d": how far apart two instants are.
std::string Roughly(Duration duration);

// The order of all faces: 0 is the worst, "missed"; what is no state comes last.
std::size_t Badness(std::string_view state);

}  // namespace batchslo
