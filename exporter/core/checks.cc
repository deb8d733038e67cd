#include <algorithm>
#include <cmath>

#include "exporter/core/evidence.h"
#include "exporter/core/partition.h"

namespace batchslo {
namespace {

template <class T>
bool Holds(Compare compare, T value, T bound) {
  switch (compare) {
    case Compare::kLess: return value < bound;
    case Compare::kLessEqual: return value <= bound;
    case Compare::kEqual: return value == bound;
    case Compare::kNotEqual: return value != bound;
    case Compare::kGreaterEqual: return value >= bound;
    case Compare::kGreater: return value > bound;
  }
  return false;
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return values.size() % 2 == 1 ? *middle : (*std::max_element(values.begin(), middle) + *middle) / 2;
}

struct Sample {
  TimePoint updated;
  double rows;
};

// One sample a move, its newest rows; by time; only what lies before `look`. Most moves come in their order: there may be
// thousands.
std::vector<Sample> Samples(const Look& look, const std::vector<Look>& earlier) {
  std::vector<Sample> samples;
  for (const Look& other : earlier) {
    if (!other.updated || !other.rows || *other.updated >= *look.updated) continue;
    const Sample sample{*other.updated, static_cast<double>(*other.rows)};
    const bool is_newest = samples.empty() || samples.back().updated < sample.updated;
    const auto at = is_newest ? samples.end() : std::lower_bound(samples.begin(), samples.end(), sample, [](const Sample& a, const Sample& b) { return a.updated < b.updated; });
    if (at != samples.end() && at->updated == sample.updated) {
      *at = sample;
    } else {
      samples.insert(at, sample);
    }
  }
  return samples;
}

// What the rows are held against: the higher of the median of the same weekday over 28 days and the highest median of
// a week within 90 days. None: fewer than four observations.
std::optional<double> ShrinkBase(const Look& look, const std::vector<Look>& earlier) {
  const std::vector<Sample> samples = Samples(look, earlier);
  if (samples.size() < 3) return std::nullopt;
  const TimePoint at = *look.updated;
  const auto weekday = [](TimePoint time) { return std::chrono::weekday{std::chrono::floor<days>(time)}; };
  std::vector<double> same_weekday;
  std::map<std::int64_t, std::vector<double>> weeks;
  for (const Sample& sample : samples) {
    const Duration age = at - sample.updated;
    if (age <= days{28} && weekday(sample.updated) == weekday(at)) same_weekday.push_back(sample.rows);
    if (age <= days{90}) weeks[age / days{7}].push_back(sample.rows);
  }
  std::optional<double> base;
  if (!same_weekday.empty()) base = Median(same_weekday);
  for (const auto& [week, rows] : weeks) base = std::max(base.value_or(0), Median(rows));
  return base;
}

// Without division: exactly 20% less is not "< 20%".
bool ShrinkHolds(const ShrinkCheck& check, const Look& look, const std::vector<Look>& earlier) {
  const double base = std::max(ShrinkBase(look, earlier).value_or(0), 0.0);
  const double lost = base > 0 ? base - static_cast<double>(*look.rows) : 0;
  return Holds(check.compare, lost * 100, check.percent * base) || lost <= 0;
}

}  // namespace

std::optional<double> CheckValue(const Check& check, const Look& look) {
  if (const auto* partition = std::get_if<PartitionCheck>(&check.rule)) return WrittenPartition(*partition, look);
  if (const auto* column = std::get_if<NotNullCheck>(&check.rule)) {
    const auto at = look.values.find("null." + column->column);
    return at == look.values.end() ? std::nullopt : std::optional<double>(at->second);
  }
  return look.rows ? std::optional<double>(static_cast<double>(*look.rows)) : std::nullopt;
}

std::optional<bool> Passes(const Check& check, const Look& look, const std::vector<Look>& earlier) {
  const auto value = CheckValue(check, look);
  if (!value) return std::nullopt;
  if (const auto* rows = std::get_if<RowsCheck>(&check.rule)) return Holds(rows->compare, *look.rows, rows->bound);
  if (std::holds_alternative<NotNullCheck>(check.rule)) return *value == 0;
  if (!look.updated) return std::nullopt;
  if (const auto* partition = std::get_if<PartitionCheck>(&check.rule)) return *value >= PartitionNumber(PartitionAt(*partition, *look.updated));
  return ShrinkHolds(std::get<ShrinkCheck>(check.rule), look, earlier);
}

}  // namespace batchslo
