#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "exporter/cli/command.h"
#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::HasSubstr;

struct Ran {
  int code = 0;
  std::string out, err;
};

Ran Do(const std::string& line) {
  CLI::App root;
  Action action;
  AddLedger(root, action);
  root.parse(line);
  std::ostringstream out, err;
  const int code = action(out, err);
  return {code, out.str(), err.str()};
}

Report Some() {
  return {
      {"s", kStart, JobFact{"j", true, "ns", "0 8 * * *", "UTC", "kubernetes", {}, {}}},
      {"s", kStart, ViewFact{{}, true, kStart - hours{24}}},
      ViewAt(kStart),
      ViewAt(kStart + seconds{50}, "ns"),
      ViewAt(kStart + hours{1}, "ns"),
      RunAt(kStart + seconds{1}, "r \"1\"", Outcome::kRunning),
      RunAt(kStart + seconds{2}, "r \"1\"", Outcome::kFailed),
      {"t", kStart + seconds{2}, ObservationFact{"j", "o", kStart, INT64_MAX, 6, "p", {{"null.a", 0.1}}}},
      {"s", kStart + seconds{3}, LastSuccessFact{"j", {}}},
      {"s", kStart + seconds{4}, GoneFact{"j"}},
      {"s", kStart + seconds{5}, DownFact{"timeout"}},
  };
}

TEST(LedgerCommand, WhatIsExportedAndImportedIsTheSame) {
  const Scratch scratch;
  ASSERT_TRUE(OpenAt(scratch.File())->Append(Some()).Ok());
  const Ran first = Do("ledger export --store sqlite://" + scratch.File());
  ASSERT_EQ(first.code, 0) << first.err;
  std::ofstream(scratch.File("facts.jsonl")) << first.out;
  const Ran import = Do("ledger import --store " + scratch.File("other.db") + " " + scratch.File("facts.jsonl"));
  ASSERT_EQ(import.code, 0) << import.err;
  EXPECT_EQ(Do("ledger export --store " + scratch.File("other.db")).out, first.out);
  EXPECT_EQ(OpenAt(scratch.File("other.db"))->Totals()->at(0).failed, 1u);
}

TEST(LedgerCommand, TheUrlOfALedgerIsDecodedAndAPathIsNot) {
  const Scratch scratch;
  ASSERT_TRUE(OpenAt(scratch.File("a b"))->Append(Some()).Ok());
  const Ran plain = Do("ledger export --store \"" + scratch.File("a b") + "\"");
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_EQ(Do("ledger export --store sqlite://" + scratch.File("a%20b")).out, plain.out);
  EXPECT_NE(Do("ledger export --store " + scratch.File("a%20b")).code, 0) << "no such file";
  EXPECT_THROW(Do("ledger export --store sqlite://" + scratch.File("100%")), CLI::ParseError);
}

TEST(LedgerCommand, AnImportIsToldWhoHoldsTheFile) {
  const Scratch scratch;
  const auto held = OpenAt(scratch.File());
  ASSERT_TRUE(held->Append({ViewAt(kStart)}).Ok());
  std::ofstream(scratch.File("none.jsonl")).flush();
  const Ran import = Do("ledger import --store " + scratch.File() + " " + scratch.File("none.jsonl"));
  EXPECT_EQ(import.code, 2);
  EXPECT_THAT(import.err, HasSubstr("is held by another batchslo_exporter"));
}

TEST(LedgerCommand, FaultsOfAFileAreAllToldAndNothingIsImported) {
  const Scratch scratch;
  std::ofstream(scratch.File("bad.jsonl")) << "{}\nnonsense\n";
  const Ran import = Do("ledger import --store " + scratch.File() + " " + scratch.File("bad.jsonl"));
  EXPECT_EQ(import.code, 2);
  EXPECT_THAT(import.err, testing::AllOf(HasSubstr("bad.jsonl:1"), HasSubstr("bad.jsonl:2")));
  EXPECT_FALSE(std::filesystem::exists(scratch.File()));
}

TEST(LedgerCommand, OnlyTheFactsOfOneJobAreAskedFor) {
  const Scratch scratch;
  ASSERT_TRUE(OpenAt(scratch.File())->Append({RunAt(kStart, "r", Outcome::kFailed), RunAt(kStart, "q", Outcome::kFailed, "other"), ViewAt(kStart)}).Ok());
  const Ran some = Do("ledger export --job other --store " + scratch.File());
  EXPECT_THAT(some.out, testing::AllOf(HasSubstr("\"q\""), testing::Not(HasSubstr("\"r\"")), HasSubstr("view")));
}

}  // namespace
}  // namespace batchslo
