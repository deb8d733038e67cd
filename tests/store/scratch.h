#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "exporter/store/ledger.h"
#include "tests/fakes/scratch.h"

namespace batchslo {

inline TimePoint At(std::string_view text) { return *ParseRfc3339(text); }
inline const TimePoint kStart = At("2026-03-01T00:00:00Z");

inline LedgerOptions OptionsAt(const std::string& path, Duration staleness = seconds{60}) {
  LedgerOptions options;
  options.path = path;
  options.staleness = [staleness](const std::string&) { return staleness; };
  return options;
}

inline std::unique_ptr<Ledger> OpenAt(const std::string& path) {
  auto opened = Ledger::Open(OptionsAt(path));
  EXPECT_TRUE(opened.Ok()) << (opened ? "" : opened.Message());
  return opened ? std::move(opened).Value() : nullptr;
}

inline std::vector<Fact> FactsOf(Ledger& ledger) {
  std::vector<Fact> facts;
  const auto read = ledger.ForEach([&](const Fact& fact) { facts.push_back(fact); });
  EXPECT_TRUE(read.Ok()) << (read ? "" : read.Message());
  return facts;
}

inline Fact RunAt(TimePoint observed, const std::string& run, Outcome outcome, const std::string& job = "j") {
  RunFact fact;
  fact.job = job;
  fact.run_id = run;
  fact.outcome = outcome;
  return {"s", observed, fact};
}

inline Fact ViewAt(TimePoint observed, std::optional<std::string> scope = {}) { return {"s", observed, ViewFact{std::move(scope), true, {}}}; }

inline Fact LookAt(TimePoint observed, std::int64_t rows, const std::string& output = "o") {
  ObservationFact fact;
  fact.job = "j";
  fact.output = output;
  fact.rows = rows;
  return {"s", observed, fact};
}

}  // namespace batchslo
