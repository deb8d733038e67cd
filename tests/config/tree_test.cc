// What is no configuration before its meaning is asked: exporter/config/tree.cc, text.cc, fault.cc.
#include "exporter/config/tree.h"

#include <ctime>

#include "exporter/config/secret_line.h"
#include "tests/config/parse.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

std::string Repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// Each level names the one before nine times: 9^9 values if they were expanded.
std::string AliasBomb() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + Repeated(", " + before, 8) + "]\n";
  }
  return text;
}

// Hostile texts end at once: 100 ms, and ten times that where the tests run slowly (sanitizers, a busy machine).
TEST(Tree, HostileTextsAreRefusedAtOnce) {
  const std::string texts[] = {AliasBomb(),
                               Repeated("[", 1'000'000),
                               Repeated("{a: ", 500'000),
                               Repeated("- ", 200'000),
                               "a: " + Repeated("[", 60) + Repeated("]", 60),
                               Repeated("? ", 200'000),
                               Repeated("&a ", 100'000),
                               Repeated("!", 1'000'000)};
  for (const std::string& text : texts) {
    const std::clock_t begin = std::clock();  // of our own CPU: the machine may be busy
    const auto result = Parse(text);
    const std::clock_t took = std::clock() - begin;
    EXPECT_FALSE(result.config.has_value()) << text.substr(0, 20);
    EXPECT_LT(took, CLOCKS_PER_SEC) << text.substr(0, 20);
  }
}

TEST(Tree, AnchorsAliasesMergeKeysAndTagsAreRefused) {
  EXPECT_THAT(FaultsOf("jobs:\n  a: &x {by: \"10:00\"}\n"), ElementsAre("2:6 anchors are not allowed"));
  EXPECT_THAT(FaultsOf("jobs:\n  a: &x {by: \"10:00\"}\n  b: *x\n"),
              ElementsAre("2:6 anchors are not allowed", "3:6 aliases are not allowed"));
  EXPECT_THAT(FaultsOf("jobs:\n  a: {<<: {by: \"10:00\"}}\n"), ElementsAre("2:7 merge keys are not allowed"));
  EXPECT_THAT(FaultsOf("jobs:\n  a: {team: !!str x}\n"), ElementsAre("2:13 tags are not allowed"));
}

TEST(Tree, ACronWithoutQuotesIsToldAsSuch) {
  const auto result = Parse("jobs:\n  a: {schedule: */5 * * * *}\n");
  ASSERT_THAT(result.faults, SizeIs(1));
  EXPECT_THAT(result.faults[0].help, HasSubstr("quote it, like schedule: \"*/5"));
}

TEST(Tree, DuplicateKeysAreRefusedAtEachLevel) {
  EXPECT_THAT(FaultsOf("jobs: {}\njobs: {}\n"), ElementsAre("2:1 duplicate key \"jobs\""));
  EXPECT_THAT(FaultsOf("jobs:\n  a: {by: \"10:00\"}\n  b: {}\n  a: {by: \"11:00\"}\n"),
              ElementsAre("4:3 duplicate key \"a\""));
  EXPECT_THAT(FaultsOf("jobs:\n  a: {by: \"10:00\", \"by\": \"11:00\"}\n"), ElementsAre("2:20 duplicate key \"by\""));
}

TEST(Tree, DeepNestingIsRefused) {
  EXPECT_THAT(FaultsOf("jobs: " + Repeated("{a: ", 51) + Repeated("}", 51)),
              ElementsAre(HasSubstr("nested more than 50 levels deep")));
}

TEST(Tree, AKeyThatIsTooLongForTheParserIsToldAsSuch) {
  struct Row {
    std::string before, after, place;
  };
  const Row rows[] = {{"jobs:\n  ", ": {}\n", "2:3"},         {"jobs:\n  ", ":\n    within: 1h\n", "2:3"},
                      {"jobs:\n  a: {}\n  ", ": \n", "3:3"}, {"jobs:\n  - ", ": x\n", "2:5"},
                      {"jobs: {", ": {}}\n", "1:8"},          {"jobs: {a: {}, ", ": {}}\n", "1:15"}};
  const std::string most(1024, 'k');
  for (const auto& [before, after, place] : rows) {
    for (const std::string& key : {most + "k", "\"" + most + "\"", std::string(5000, 'k')})
      EXPECT_THAT(FaultsOf(before + key + after), ElementsAre(place + " a key of more than 1024 bytes")) << before;
    EXPECT_THAT(FaultsOf(before + most + after), testing::Each(Not(HasSubstr("a key")))) << before;
  }
  EXPECT_THAT(FaultsOf("jobs:\n  a:\n    team: " + most + "k: y\n"), ElementsAre(HasSubstr("a second colon in one value")));
}

TEST(Tree, ASecondDocumentIsRefused) {
  EXPECT_THAT(FaultsOf("jobs: {}\n---\njobs: {a: {}}\n"), ElementsAre("2:1 a second document is not allowed"));
  Good("---\njobs: {}\n...\n");
}

TEST(Tree, WhatIsNoUtf8IsToldWhere) {
  EXPECT_THAT(FaultsOf("jobs:\n  a: {team: \"M\xfcnchen\"}\n"), ElementsAre("2:15 the file is not UTF-8"));
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\xbc", "\xff"})
    EXPECT_THAT(FaultsOf(std::string("jobs: {a: {team: ") + bad + "}}"), SizeIs(1));
  Good("jobs: {a: {team: \"München 漢字\"}}");
}

TEST(Tree, ControlCharactersAreRefused) {
  EXPECT_THAT(FaultsOf("jobs: {a: {team: \"x\x04y\"}}"), ElementsAre("1:20 control characters are not allowed"));
  EXPECT_THAT(FaultsOf(std::string("jobs: {}\n\0", 10)), ElementsAre("2:1 control characters are not allowed"));
  EXPECT_THAT(FaultsOf("jobs: {}\rjobs: {}"), ElementsAre("1:9 control characters are not allowed"));
  EXPECT_THAT(FaultsOf("jobs: {a: {team: \"x\\x1b[31m\"}}"), ElementsAre("1:18 control characters are not allowed"));
  Good("jobs: {}\r\n");
}

TEST(Tree, AFileOfMoreThanFiftyMegabytesIsRefused) {
  EXPECT_THAT(FaultsOf(std::string(50'000'001, '#')), ElementsAre("0:0 the file is larger than 50 MB"));
}

// 100,000 jobs with a dozen keys each have close to three million.
TEST(Tree, AMillionValuesAreRead) {
  EXPECT_THAT(FaultsOf("jobs: [" + std::string(1'100'000, ',') + "]"), ElementsAre(HasSubstr("\"jobs\" wants a block of keys, not a list")));
}

TEST(Tree, WhatHasNoEndIsNotReadToTheEndOfTheFile) {
  EXPECT_THAT(FaultsOf("jobs: \"" + std::string(10'100'000, 'x')), ElementsAre("1:1 more than 10 MB without an end after this"));
}

TEST(Tree, TheUsualSlipsAreToldWithTheirRemedy) {
  struct Row {
    std::string text, message, help;
  };
  const Row rows[] = {
      {"jobs:\n\ta: {}\n", "this is no YAML: a tab is no indentation", "indent with spaces"},
      {"jobs:\n  a:\n    rows: >= 1\n", "this is no YAML: a value can't begin with > or |", "quote it"},
      {"jobs:\n  a:\n    team: @data\n", "this is no YAML: a value can't begin with this character", "quote the value"},
      {"jobs:\n  a:\n    team: x: y\n", "this is no YAML: a second colon in one value", "quote the value"},
      {"jobs:\n  a: {team: \"x\n", "the quote is not closed", "close it"},
      {"jobs: [\n", "this is no YAML", "check"}};
  for (const Row& row : rows) {
    const auto result = Parse(row.text);
    ASSERT_FALSE(result.faults.empty()) << row.text;
    EXPECT_THAT(result.faults[0].message, HasSubstr(row.message)) << row.text;
    EXPECT_THAT(result.faults[0].help, HasSubstr(row.help)) << row.text;
  }
}

TEST(Tree, AValueThatIsLeftOutIsToldAtItsKey) {
  EXPECT_THAT(FaultsOf("jobs:\n  a:\n    within:\n    team: x\n"),
              ElementsAre("3:5 \"within\" wants a duration like 90s, 1h30m or 2d, not an empty value"));
  EXPECT_THAT(FaultsOf("jobs: {a: {within: ~}}"), ElementsAre(testing::StartsWith("1:20 \"within\" wants ")));
}

TEST(Tree, ColumnsCountCharacters) {
  EXPECT_THAT(FaultsOf("jobs: {\"漢字\": {wihtin: 1h}}"), ElementsAre("1:15 unknown key \"wihtin\" in job \"漢字\""));
}

TEST(Faults, TheCaretStandsBelowTheFaultAlsoInALongLine) {
  const std::string far = Parse("jobs: {a: {team: \"" + std::string(300, 'x') + "\", wihtin: 1h}}").Faults();
  const std::size_t line = far.find("    1 | "), caret = far.find('^');
  ASSERT_NE(caret, std::string::npos);
  const std::size_t caret_line = far.rfind('\n', caret) + 1;
  EXPECT_EQ(far.substr(line + (caret - caret_line), 6), "wihtin");
  EXPECT_LT(far.find('\n', line) - line, 200u);
}

TEST(Faults, AtMostAHundredArePrintedAndTheRestIsCounted) {
  std::string text = "jobs:\n";
  for (int i = 0; i < 150; ++i) text += "  j" + std::to_string(i) + ": {wihtin: 1h}\n";
  const std::string printed = Parse(text).Faults();
  EXPECT_THAT(printed, testing::EndsWith("and 50 more\n"));
}

TEST(Faults, AfterAThousandTheRestIsNotRead) {
  std::string jobs = "jobs:\n", keys = "jobs:\n  a:\n", sources = "sources:\n";
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "n" + std::to_string(i);
    jobs += "  " + name + ": {wihtin: 1h}\n";
    keys += "    " + name + ": 1h\n";
    sources += "  " + name + ": {}\n";
  }
  for (const std::string& text : {jobs, keys, sources}) {
    const auto faults = FaultsOf(text);
    ASSERT_THAT(faults, SizeIs(1002)) << text.substr(0, 30);
    EXPECT_EQ(faults[0], "0:0 there are more than 1000 faults, and the rest was not read");
  }
}

// Twenty thousand of them on one line, and as many lines that no line above tells anything of: nothing is looked at once
// for each. The bound is that of the hostile texts.
TEST(Faults, ManyWarningsOnOneLineAreToldAtOnce) {
  std::string line = "jobs: {", lines = "jobs:\n";
  for (int i = 0; i < 20'000; ++i) {
    line += "job" + std::to_string(i) + ": {}, ";
    lines += "  job" + std::to_string(i) + ":\n";
  }
  const std::clock_t begin = std::clock();
  const auto result = Parse(line + "}");
  EXPECT_THAT(result.lints, SizeIs(20'000));
  EXPECT_THAT(result.Lints(), testing::EndsWith("and 19900 more\n"));
  EXPECT_EQ(WithoutSecrets(lines), lines);
  EXPECT_LT(std::clock() - begin, 4 * CLOCKS_PER_SEC);
}

TEST(Faults, WhatMayBeASecretIsNotShown) {
  for (const char* line : {"password: x", "pw: x", "DB_PASS: x", "url: Server=h;Pwd=x", "url: mysql://u%3Ax@h/d", "url: \"mysql://u:pa/ss@h/d\"", "url: mysql://u:pa?ss@h/d", "url: mysql://u:pa#../x@h", "url: mysql://u:hunter2h/d", "a: &s x", "- &s x", "b: c  # the old token was x", "# PASSWORD x", "password: {env: P}  # x", "# url: u:x@h/d", "url: u:x@tcp(h:3306)/d", "url: https://a.blob.example/j.csv?sv=1&sig=x", "url: https://h/j?subscription-key=x", "url: https://h/j?Signature=x"}) {
    EXPECT_EQ(WithoutSecrets(line), "<secret>\n") << line;
  }
  for (const char* line : {"url: mysql://u@h/d", "url: postgresql://u@h1:5432,h2:5433/d", "url: https://[::1]:80/x:y", "url: sqlite://:memory", "within: 30m  # of the hour", "consumer: A & B", "password: {file: x}", "compass: x", "team: data@h", "a: https://h/@x?sv=1&monkeys=1"}) EXPECT_EQ(WithoutSecrets(line), std::string(line) + "\n");
}

TEST(Faults, AFileThatCantBeReadIsAFault) {
  const auto kinds = SourceSpecs();
  EXPECT_THAT(
      ReadConfig("/nonexistent/config.yml", kinds).Faults(),
      testing::StartsWith("/nonexistent/config.yml: error: the file can't be read: No such file or directory\n"));
  EXPECT_FALSE(ReadConfig("/", kinds).faults.empty());
}

}  // namespace
}  // namespace batchslo
