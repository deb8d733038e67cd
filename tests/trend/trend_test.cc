// The prediction of misses beside simpler rules, on made-up jobs. What it prints stands in README.md.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "tests/trend/score.h"

namespace batchslo::trend_proof {
namespace {

// Whoever tunes anything does so by seeds up to 999, and never looks at these before.
constexpr Seeds kReported{100'000, 300};
constexpr const char* kReadme = SOURCE_ROOT "/tests/trend/README.md";

struct Measured {
  std::string_view kind;
  std::array<Score, 4> scores;  // as Rules()
};

void Join(Score& all, const Score& more) {
  all.stories += more.stories;
  all.misses += more.misses;
  all.warned += more.warned;
  all.with_alarm += more.with_alarm;
  all.alarms.insert(all.alarms.end(), more.alarms.begin(), more.alarms.end());
  all.lead.insert(all.lead.end(), more.lead.begin(), more.lead.end());
}

// Each kind, and all of them.
const std::vector<Measured>& Results() {
  static const std::vector<Measured> kResults = [] {
    std::vector<Measured> results;
    Measured all{"all", {}};
    for (const Kind& kind : Kinds()) {
      const std::vector<Story> stories = TellAll(kind, kReported);
      Measured& one = results.emplace_back(Measured{kind.name, {}});
      for (std::size_t rule = 0; rule < one.scores.size(); ++rule) {
        one.scores[rule] = ScoreOf(Rules()[rule], stories);
        Join(all.scores[rule], one.scores[rule]);
      }
    }
    results.push_back(std::move(all));
    return results;
  }();
  return kResults;
}

std::string Cell(const Interval& interval, double scale, const char* format) {
  std::string cell;
  const double values[] = {interval.value, interval.low, interval.high};
  const char* const around[] = {"", " (", " to "};
  for (std::size_t i = 0; i < 3; ++i) {
    char text[32];
    std::snprintf(text, sizeof text, format, values[i] * scale);
    cell += around[i] + std::string(text);
  }
  return cell + ")";
}

std::string Table() {
  std::string table = "| jobs | rule | false alarms a job and year | jobs with one, % | misses warned of, % | days of lead |\n|---|---|---|---|---|---|\n";
  for (const Measured& measured : Results()) {
    for (std::size_t rule = 0; rule < measured.scores.size(); ++rule) {
      const Score& score = measured.scores[rule];
      table += "| " + std::string(measured.kind) + " | " + std::string(Rules()[rule].name) + " | " + Cell(MeanOf(score.alarms), 1, "%.2f") + " | " +
               Cell(ShareOf(score.with_alarm, score.stories), 100, "%.1f") + " | ";
      table += score.misses == 0 ? "| |\n" : Cell(ShareOf(score.warned, score.misses), 100, "%.1f") + " | " + Cell(MeanOf(score.lead), 1, "%.1f") + " |\n";
    }
  }
  return table;
}

const Score& Ours(const Measured& measured) { return measured.scores.front(); }

TEST(Prediction, FalseAlarmsAreFewerThanThoseOfEachSimplerRule) {
  const Measured& all = Results().back();
  for (std::size_t rule = 1; rule < all.scores.size(); ++rule) {
    EXPECT_LT(MeanOf(Ours(all).alarms).high, MeanOf(all.scores[rule].alarms).low) << Rules()[rule].name;
  }
}

TEST(Prediction, WarnsEarlierThanEachSimplerRule) {
  const Measured& all = Results().back();
  for (std::size_t rule = 1; rule < all.scores.size(); ++rule) {
    EXPECT_GT(MeanOf(Ours(all).lead).low, MeanOf(all.scores[rule].lead).high) << Rules()[rule].name;
  }
}

TEST(Prediction, WarnsOfNoFewerMisses) {
  const Measured& all = Results().back();
  const auto warned = [](const Score& score) { return ShareOf(score.warned, score.misses); };
  for (std::size_t rule = 1; rule < all.scores.size(); ++rule) {
    EXPECT_GE(warned(Ours(all)).high, warned(all.scores[rule]).low) << Rules()[rule].name;
  }
}

TEST(Prediction, WhatDoesNotGrowIsNotPredictedToMiss) {
  for (const Measured& measured : Results()) {
    if (Ours(measured).misses > 0) continue;
    EXPECT_LE(ShareOf(Ours(measured).with_alarm, Ours(measured).stories).value, 0.01) << measured.kind;
  }
}

// UPDATE_GOLDEN=1 in the environment writes it anew, for a review of the difference.
TEST(Prediction, TheTableOfTheReadmeIsWhatIsMeasured) {
  std::ifstream in(kReadme);
  std::string text(std::istreambuf_iterator<char>(in), {});
  const std::size_t from = text.find("| jobs | rule |");
  ASSERT_NE(from, std::string::npos);
  const std::size_t to = std::min(text.find("\n\n", from) + 1, text.size());
  const std::string table = Table();
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(kReadme) << text.replace(from, to - from, table);
  EXPECT_EQ(text.substr(from, table.size()), table);
}

TEST(Interval, OfAShare) {
  struct Row {
    std::size_t some, all;
    double low, high;
  };
  for (const Row& row : {Row{0, 10, 0, 0.2775}, Row{5, 10, 0.2366, 0.7634}, Row{10, 10, 0.7225, 1}, Row{1, 300, 0.0006, 0.0186}}) {
    EXPECT_NEAR(ShareOf(row.some, row.all).low, row.low, 1e-4) << row.some;
    EXPECT_NEAR(ShareOf(row.some, row.all).high, row.high, 1e-4) << row.some;
  }
}

}  // namespace
}  // namespace batchslo::trend_proof
