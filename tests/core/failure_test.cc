// Tests exporter/core/failure.cc, traceback*.cc. The logs are made by tests/failures/make.
#include "exporter/core/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace batchslo {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::filesystem::path kLogs = TESTDATA "/failures";

std::string Contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::map<std::string, std::string> Logs() {
  std::map<std::string, std::string> logs;
  for (const auto& entry : std::filesystem::directory_iterator(kLogs)) {
    if (entry.path().extension() == ".log") logs[entry.path().stem()] = Contents(entry.path());
  }
  return logs;
}

FailureReading Read(std::string_view text, std::string_view reason = "exit code 1") { return ReadFailure(reason, text, Redactor()); }

std::string Rendered(const FailureReading& reading) {
  return "kind: " + reading.kind + "\nerror: " + reading.error + "\nframe: " + reading.frame + "\nfingerprint: " + reading.fingerprint + "\n\n" + reading.excerpt;
}

TEST(Failures, EachLogOfTheCorpusIsReadAsItsGoldenFileSays) {
  const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
  const auto logs = Logs();
  EXPECT_GE(logs.size(), 80u);
  for (const auto& [name, log] : logs) {
    const std::filesystem::path golden = kLogs / (name + ".txt");
    const std::string rendered = Rendered(Read(log));
    if (update) std::ofstream(golden, std::ios::binary) << rendered;
    EXPECT_EQ(rendered, Contents(golden)) << name;
  }
}

TEST(Failures, AnExcerptIsReadAsTheWholeLogWas) {
  for (const auto& [name, log] : Logs()) {
    const FailureReading whole = Read(log), again = Read(whole.excerpt);
    EXPECT_EQ(Rendered(again), Rendered(whole)) << name;
  }
}

TEST(Failures, NothingThatLeavesIsLongerThanItsBound) {
  for (const auto& [name, log] : Logs()) {
    const FailureReading reading = Read(log);
    EXPECT_LE(reading.excerpt.size(), kMostExcerpt) << name;
    EXPECT_LE(reading.error.size(), 200u) << name;
    EXPECT_EQ(reading.error.find('\n'), std::string::npos) << name;
  }
}

TEST(Failures, ALogOfManyMegabytesKeepsItsFirstLineAndItsEnd) {
  std::string log = "Traceback (most recent call last):\n  File \"/app/job.py\", line 1, in main\n";
  log += std::string(10'000'000, 'x') + "\n";
  log += "ValueError: no rows\n";
  const FailureReading one_line = Read(log);
  EXPECT_EQ(one_line.error, "ValueError: no rows");
  EXPECT_EQ(one_line.frame, "main at /app/job.py:1");
  EXPECT_EQ(Read(std::string(10'000'000, 'x')).error, std::string(200, 'x'));
  EXPECT_EQ(Read(std::string(5'000'000, '\n')).error, "exit code *");
  EXPECT_EQ(Read(std::string(5'000'000, '{')).kind, "text");
  EXPECT_EQ(Read(std::string(5'000'000, '"')).kind, "text");
  EXPECT_EQ(Read(std::string(5'000'000, '\x1b')).error, "exit code *");
}

TEST(Failures, AFrameIsOneLineWithoutTabs) {
  const auto reading = ReadFailure("exit code 1", "Error: broken\n    at async a\tb (/app/job.js:12:3)\n    at main (/app/job.js:3:1)\n\nNode.js v20.11.0\n", Redactor());
  EXPECT_EQ(reading.frame, "a b at /app/job.js:12");
}

TEST(Failures, EqualFailuresHaveOneFingerprint) {
  const std::string log = Contents(kLogs / "python_value_error.log");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string other = log;
    for (std::size_t at = other.find(from); at != std::string::npos; at = other.find(from, at + to.size())) other.replace(at, from.size(), to);
    EXPECT_NE(other, log) << from;
    return Read(other).fingerprint;
  };
  const std::string same = Read(log).fingerprint;
  EXPECT_EQ(changed("2026-03-01", "2026-03-02"), same);
  EXPECT_EQ(changed("line 4", "line 5"), same);
  EXPECT_EQ(changed("'items.csv'", "'other.csv'"), same);
  EXPECT_EQ(Read("INFO starting run 7\n" + log + "INFO bye\n").fingerprint, same);
  EXPECT_EQ(Read(log, "OOMKilled").fingerprint, same);
  EXPECT_NE(changed("ValueError", "KeyError"), same);
  EXPECT_NE(changed("in load", "in store"), same);
  EXPECT_NE(changed("main.py", "other.py"), same);
}

TEST(Failures, OfPlainTextTheReasonTellsFailuresApart) {
  EXPECT_NE(Read("step 7", "OOMKilled").fingerprint, Read("step 7", "exit code 1").fingerprint);
  EXPECT_EQ(Read("", "OOMKilled").error, "OOMKilled");
  EXPECT_EQ(Read("", "OOMKilled").excerpt, "");
}

TEST(Failures, SecretsOverSeveralLinesGoAlsoOutOfJson) {
  const std::string longer = std::string(3'000, 'x');  // than a line that is kept
  for (const std::string text :
       {R"({"msg":"secret: |\n  planted-one\n  planted-two\n"})", R"({"msg":"password: >-\n  planted-one\n  planted-two\nother: x"})",
        R"({"msg":"password = \"\"\"planted-one\nplanted-two\"\"\""})", R"({"log":"{\"msg\":\"secret: |\\n  planted-one\\n  planted-two\"}"})",
        R"({"msg":"secret: |"}{"msg":"  planted-one"})", R"({"config":"secret: |\n  planted-one\n  planted-two"})",
        R"({"msg":"-----BEGIN PRIVATE KEY-----\nplanted0planted0\nplanted=\n-----END PRIVATE KEY-----"})"}) {
    std::string lines = text;
    for (std::size_t at = lines.find("}{"); at != std::string::npos; at = lines.find("}{")) lines.insert(at + 1, "\n");
    EXPECT_THAT(Rendered(Read("boom\n" + lines + "\n")), Not(HasSubstr("planted"))) << text;
  }
  EXPECT_THAT(Rendered(Read("{\"msg\":\"password = \\\"\\\"\\\"" + longer + "\\nplanted\\\"\\\"\\\"\"}")), Not(HasSubstr("planted"))) << "behind what is cut";
}

TEST(Failures, NoSecretOfTheCorpusSurvives) {
  const FailureReading reading = Read(Contents(kLogs / "written_secrets.log"));
  EXPECT_THAT(Rendered(reading), Not(HasSubstr("planted")));
  EXPECT_THAT(Rendered(reading), Not(HasSubstr("PLANTED")));
  EXPECT_THAT(reading.error, HasSubstr("RuntimeError: login failed"));
  EXPECT_THAT(Rendered(Read(Contents(kLogs / "python_secret_in_url.log"))), Not(HasSubstr("planted")));
}

}  // namespace
}  // namespace batchslo
