#include "exporter/store/tables.h"

#include <gtest/gtest.h>

#include <chrono>

#include "exporter/store/file.h"
#include "tests/store/scratch.h"

namespace batchslo {
namespace {

// Counts the rows that it is given.
class CountingSession : public Session {
 public:
  explicit CountingSession(std::unique_ptr<Session> session) : session_(std::move(session)) {}
  Result<std::vector<SqlRow>> Query(const Statement& statement) override {
    auto answer = session_->Query(statement);
    if (answer) rows += answer->size();
    return answer;
  }
  Result<void> Execute(const Statement& statement) override { return session_->Execute(statement); }
  Result<std::vector<SqlColumn>> Columns(const std::string& sql) override { return session_->Columns(sql); }
  SqlFault LastFault() const override { return session_->LastFault(); }
  void Cancel() override { session_->Cancel(); }

  std::size_t rows = 0;

 private:
  const std::unique_ptr<Session> session_;
};

TEST(FactsTable, OfARunWithManySightsFewAreReadForOneMore) {
  const Scratch scratch;
  CountingSession session(std::move(OpenFile(scratch.File())->session));
  ASSERT_TRUE(session.Execute({"BEGIN", {}, 0}).Ok());
  FactsTable facts(session);
  for (const Outcome outcome : {Outcome::kRunning, Outcome::kFailed}) {
    for (int i = 0; i < 1000; ++i) {
      session.rows = 0;
      ASSERT_TRUE(facts.Add(RunAt(kStart + seconds{i}, "r", outcome)).Ok());
      ASSERT_LE(session.rows, 3u) << i;
    }
  }
}

// The database looks through them no more than they are read.
TEST(FactsTable, OfARunWithManySightsOneMoreTakesNoLonger) {
  const Scratch scratch;
  const auto session = std::move(OpenFile(scratch.File())->session);
  ASSERT_TRUE(session->Execute({"BEGIN", {}, 0}).Ok());
  FactsTable facts(*session);
  const auto began = std::chrono::steady_clock::now();
  for (const Outcome outcome : {Outcome::kRunning, Outcome::kFailed}) {
    for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(facts.Add(RunAt(kStart + seconds{i} + (outcome == Outcome::kFailed ? days{1} : days{0}), "r", outcome)).Ok());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{10});  // it takes about one
}

}  // namespace
}  // namespace batchslo
