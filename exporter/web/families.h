#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "exporter/core/snapshot.h"
#include "exporter/web/columns.h"
#include "exporter/web/process.h"
#include "exporter/web/writer.h"

namespace batchslo {

// The contract: every family stands once in one of the two tables, in the order of the page. A changed name is a
// breaking change and shows in tests/testdata/metrics.txt.

enum class Group : std::uint8_t { kCore, kRuns, kBudget, kTrend, kSelf };  // kCore is always shown

// What a family of jobs has a line for.
enum class Rows : std::uint8_t { kJobs, kObjectives, kAttainments, kUpstreams, kOutlooks, kOutputs, kChecks, kLinks };

// One scrape of one family: `prefix` is "<name>{" and padded.
struct Line {
  std::string_view prefix;
  std::int64_t now;  // microseconds
};

struct JobFamily {
  FamilyHead head;
  Group group;
  Rows rows;
  // Writes the line of a row, at most kMostLine bytes; gives `to` back where the row has no value.
  char* (*put)(const Columns& columns, std::size_t row, const Line& line, char* to);
  bool is_age = false;  // its lines differ from one moment to the next, whatever happens
};
std::span<const JobFamily> JobFamilies();
inline constexpr std::size_t kMostLine = 4096;

// `prefix` is where the line's lies.
Line MakeLine(const JobFamily& family, TimePoint now, std::array<char, 96>& prefix);

// About ourselves and our sources.
struct SelfView {
  const Snapshot& snapshot;
  const std::optional<ProcessFigures> process;
  const Columns& columns;
};
struct SelfFamily {
  FamilyHead head;
  void (*write)(const SelfView& view, Writer& out);
};
std::span<const SelfFamily> SelfFamilies();

// What only one kind of source tells, by the names in its SourceState::extras.
std::span<const FamilyHead> ExtraFamilies();

}  // namespace batchslo
