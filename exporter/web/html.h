#pragma once

#include <string>
#include <string_view>

#include "exporter/core/snapshot.h"

namespace batchslo {

// The status page: jobs worst first, sources, what is wrong with ourselves. HTML without scripts. Pure.
struct PageView {
  std::string state, team;  // filters; empty: all
  std::string notice;
};
std::string RenderPage(const Snapshot& snapshot, TimePoint now, const PageView& view);
std::string RenderJobPage(const JobState& job, const Snapshot& snapshot, TimePoint now);
std::string RenderMissingPage(std::string_view what);

std::string_view StyleSheet();
std::string EscapeHtml(std::string_view text);

// "3 min", "2 h", "5 d": how far apart two instants are.
std::string Roughly(Duration duration);

}  // namespace batchslo
