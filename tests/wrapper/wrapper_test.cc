#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "exporter/wrapper/arguments.h"
#include "exporter/wrapper/event.h"
#include "exporter/wrapper/flush.h"
#include "exporter/wrapper/http.h"
#include "exporter/wrapper/spool.h"
#include "exporter/wrapper/text.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

using Kind = Outcome::Kind;

TEST(Text, JobNamesArePercentEncodedWithSlashesKept) {
  const std::pair<std::string, std::string> kRows[] = {{"nightly", "nightly"},
                                                       {"team/a b", "team/a%20b"},
                                                       {"50%", "50%25"},
                                                       {"a?b#c", "a%3Fb%23c"},
                                                       {"-._~", "-._~"},
                                                       {"caf\xc3\xa9", "caf%C3%A9"},
                                                       {"a\r\nX: y", "a%0D%0AX%3A%20y"},
                                                       {"[{}]\"", "%5B%7B%7D%5D%22"}};
  for (const auto& [job, encoded] : kRows) EXPECT_EQ(PercentEncode(job), encoded);
}

TEST(Text, JsonEscapesWhatJsonForbids) {
  EXPECT_EQ(JsonQuote("a\"b\\c\nd"), R"("a\"b\\c\nd")");
  EXPECT_EQ(JsonQuote(std::string_view("\0\t\x1b\x7f", 4)), R"("\u0000\u0009\u001b\u007f")");
  EXPECT_EQ(JsonQuote("\xe2\x82\xac"), "\"\xe2\x82\xac\"");
}

TEST(Text, InvalidUtf8IsReplaced) {
  const std::string kBad = "\xef\xbf\xbd";
  const std::pair<std::string, std::string> kRows[] = {
      {"ok \xf0\x9f\x98\x80", "ok \xf0\x9f\x98\x80"},
      {"\xff", kBad},
      {"\xc0\xaf", kBad + kBad},                        // overlong
      {"\xed\xa0\x80", kBad + kBad + kBad},             // surrogate
      {"\xf4\x90\x80\x80", kBad + kBad + kBad + kBad},  // above U+10FFFF
      {"\xe2\x82", kBad + kBad},                        // cut
      {"\x80z", kBad + "z"}};
  for (const auto& [bytes, text] : kRows) EXPECT_EQ(ToUtf8(bytes), text);
}

TEST(Text, AMessageIsTheEndInWholeLines) {
  EXPECT_EQ(MessageOf("short\n"), "short\n");
  const std::string exact(kMessageBytes, 'x');
  EXPECT_EQ(MessageOf(exact), exact);
  EXPECT_EQ(MessageOf("cut\n" + exact), exact);
  EXPECT_EQ(MessageOf("first\n" + std::string(kMessageBytes - 2, 'x') + "\nab").size(), 2u);
  EXPECT_EQ(MessageOf(exact + "\n"), "");
  EXPECT_EQ(MessageOf("password=" + exact + " end\n"), "end\n");
  EXPECT_EQ(MessageOf("password: hunter2 " + std::string(kMessageBytes - 18, 'x') + " end\n"), "end\n") << "nor the word after a name that is cut";
  EXPECT_EQ(MessageOf("{\"a\":\"" + exact + "\",\"b\":1}\n"), "\"b\":1}\n");
  EXPECT_LE(MessageOf(std::string(kTailBytes, '\xff')).size(), kMessageBytes);
}

TEST(Text, TimesHaveMicrosecondsAndRunIdsAreUuids) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTime(1772355600'000042), "2026-03-01T09:00:00.000042Z");
  const std::string id = NewRunId();
  EXPECT_EQ(id.size(), 36u);
  EXPECT_EQ(id[14], '4');
  EXPECT_NE(id, NewRunId());
}

TEST(Event, TheBodyHasOnlyWhatMakesSense) {
  EXPECT_EQ(RenderBody({Event::Status::kStart, "r", 1, std::nullopt, {}}),
            R"({"status":"start","run_id":"r","at":"1970-01-01T00:00:00.000001Z"})");
  EXPECT_EQ(RenderBody({Event::Status::kFailure, "r", 0, 42, "no\n"}),
            R"({"status":"failure","run_id":"r","at":"1970-01-01T00:00:00.000000Z","exit_code":42,"message":"no\n"})");
}

TEST(Http, UrlsAreTakenApart) {
  const auto url = ParseUrl("https://[::1]:8443/prefix//");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->authority, "[::1]:8443");
  EXPECT_EQ(url->path, "/prefix");
  EXPECT_EQ(ParseUrl("https://a")->port, "443");
  EXPECT_EQ(ParseUrl("http://a")->port, "80");
  for (const char* bad :
       {"", "a:1", "ftp://a", "http://", "http://:1", "http://a:", "http://a:0", "http://a:65536", "http://a:1x",
        "http://u@a", "http://a/?q", "http://a/#f", "http://a b", "http://a\r\nX:y", "http://[::1", "http://[::1]x"}) {
    EXPECT_FALSE(ParseUrl(bad)) << bad;
  }
}

TEST(Http, TheRequestIsWhole) {
  const Target target{*ParseUrl("http://h:1/p"), "secret", {}};
  EXPECT_EQ(RenderRequest(target, "a b", "{}"),
            "POST /p/api/v1/heartbeat/a%20b HTTP/1.1\r\nHost: h:1\r\nUser-Agent: batchslo-run/" BATCHSLO_VERSION
            "\r\nAuthorization: Bearer secret\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: "
            "close\r\n\r\n{}");
}

TEST(Http, HeadsAreParsedAndCapped) {
  Head head;
  for (const char* part : {"", "H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r"}) {
    EXPECT_EQ(ParseHead(part, head), HeadState::kIncomplete) << part;
  }
  for (const char* bad : {"SSH-2.0", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
                          "HTTP/1.1 2000\r\n\r\n", "HTTP/1.1 -20 \r\n\r\n"}) {
    EXPECT_EQ(ParseHead(bad, head), HeadState::kBroken) << bad;
  }
  EXPECT_EQ(ParseHead("HTTP/1.1 " + std::string(kHeadBytes, 'x'), head), HeadState::kBroken);
  EXPECT_EQ(ParseHead("HTTP/1.0 204\r\n\r\nrest", head), HeadState::kWhole);
  EXPECT_EQ(head.status, 204);
  EXPECT_EQ(head.size, 16u);
  EXPECT_EQ(ParseHead("HTTP/1.1 503 Busy\r\nretry-AFTER: 7 \r\n\r\n", head), HeadState::kWhole);
  EXPECT_EQ(head.retry_after, 7);
  EXPECT_FALSE(head.is_json);
  EXPECT_EQ(ParseHead("HTTP/1.1 404 Not Found\r\ncontent-TYPE: application/json; charset=utf-8\r\n\r\n", head), HeadState::kWhole);
  EXPECT_TRUE(head.is_json);
  EXPECT_EQ(ParseHead("HTTP/1.1 503 Busy\r\nRetry-After: 99999999999\r\nX-Retry-After: 3\r\n\r\n", head),
            HeadState::kWhole);
  EXPECT_EQ(head.retry_after, 0);
}

TEST(Http, OnlyWhatMayWorkLaterIsTriedAgain) {
  const std::pair<int, Kind> kRows[] = {{200, Kind::kDelivered}, {202, Kind::kLater},   {301, Kind::kRefused},
                                        {400, Kind::kRefused},   {401, Kind::kRefused}, {403, Kind::kRefused},
                                        {404, Kind::kRefused},   {408, Kind::kLater},   {413, Kind::kRefused},
                                        {429, Kind::kLater},     {500, Kind::kLater},   {503, Kind::kLater}};
  for (const auto& [status, kind] : kRows) EXPECT_EQ(OutcomeOf({status, 0, 0, true}, "j").kind, kind) << status;
}

// What an ingress says while the exporter is exchanged, or a login page: the exporter has not heard of it.
TEST(Http, WhatAProxySaysIsTriedAgain) {
  for (const int status : {200, 404}) EXPECT_EQ(OutcomeOf({status, 0, 0, false}, "j").kind, Kind::kLater) << status;
}

Parsed Parse(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment = {},
             User user = User::kOther) {
  const auto getenv = [&](const char* name) {
    return environment.contains(name) ? environment.at(name).c_str() : nullptr;
  };
  return ParseArguments(words, getenv, user);
}

TEST(Arguments, FlagsEndWhereTheCommandBegins) {
  const std::vector<std::string> kCommand = {"cmd", "--job", "x", "--"};
  for (const auto& words : std::vector<std::vector<std::string>>{{"--job", "j", "--", "cmd", "--job", "x", "--"},
                                                                 {"--job=j", "cmd", "--job", "x", "--"}}) {
    const Parsed parsed = Parse(words);
    EXPECT_EQ(parsed.fault, "");
    EXPECT_EQ(parsed.arguments.job, "j");
    EXPECT_EQ(parsed.arguments.command, kCommand);
  }
}

TEST(Arguments, TheCommandLineGoesBeforeTheEnvironment) {
  const std::map<std::string, std::string> environment = {
      {"BATCHSLO_URL", "http://env/"}, {"BATCHSLO_TOKEN", "t"}, {"BATCHSLO_TOKEN_FILE", "/f"}, {"HOME", "/home/u"}};
  const Arguments from_env = Parse({"--job=j", "c"}, environment).arguments;
  EXPECT_EQ(from_env.url, "http://env");
  EXPECT_EQ(from_env.token, "t");
  EXPECT_EQ(from_env.token_file, "");
  EXPECT_EQ(from_env.spool_dir, "/home/u/.local/state/batchslo");
  const Arguments from_line =
      Parse({"--job=j", "--url=http://line", "--token-file=/g", "--spool-dir=/s", "c"}, environment).arguments;
  EXPECT_EQ(from_line.url, "http://line");
  EXPECT_EQ(from_line.token, "");
  EXPECT_EQ(from_line.token_file, "/g");
  EXPECT_EQ(from_line.spool_dir, "/s");
  EXPECT_EQ(Parse({"--job=j", "c"}).arguments.url, "http://127.0.0.1:10510");
  EXPECT_EQ(Parse({"--job=j", "c"}, environment, User::kRoot).arguments.spool_dir, "/var/spool/batchslo");
  EXPECT_EQ(Parse({"--job=j", "c"}, {{"XDG_STATE_HOME", "/x"}}).arguments.spool_dir, "/x/batchslo");
}

TEST(Arguments, FaultsSayWhatToDo) {
  const std::pair<std::vector<std::string>, std::string> kRows[] = {
      {{}, "--job is missing"},
      {{"--job", "j"}, "the command is missing"},
      {{"--job"}, "--job needs a value"},
      {{"--job=", "c"}, "--job needs a value"},
      {{"--jobs", "j", "c"}, "unknown flag \"--jobs\""},
      {{"--token", "t", "--job", "j", "c"}, "BATCHSLO_TOKEN"},
      {{"--token=t", "--job", "j", "c"}, "in ps"},
      {{"--job=j", "--url", "nowhere", "c"}, "--url must be like"},
      {{"--job=j", "--run-id", "a\nb", "c"}, "--run-id must be"},
      {{"--job=j", "--run-id", std::string(201, 'a'), "c"}, "--run-id must be"},
      {{"--flush", "c"}, "--flush takes no command"}};
  for (const auto& [words, fault] : kRows)
    EXPECT_NE(Parse(words).fault.find(fault), std::string::npos) << fault << " / " << Parse(words).fault;
  EXPECT_EQ(Parse({"--job=j", "c"}, {{"BATCHSLO_URL", "nowhere"}}).fault, "") << "the environment must not stop a job";
  EXPECT_EQ(Parse({"--flush"}).fault, "");
  EXPECT_EQ(Parse({"--help"}).arguments.action, Arguments::Action::kHelp);
}

class SpoolTest : public testing::Test {
 protected:
  void Add(Micros started, const std::string& job, const std::string& run, int order, const std::string& url = "u") {
    Held held;
    std::string fault;
    ASSERT_TRUE(spool().Add(SpoolName(started, job, run, order), {url, job, run + std::to_string(order)}, held, fault))
        << fault;
  }
  Spool spool() const { return Spool(scratch_.File("deep/er")); }
  // Sends all with an exporter that answers `answers[job]`, else delivers. What came is in sent_.
  FlushResult FlushWith(const std::map<std::string, Kind>& answers, const std::string& own_job = "") {
    const auto send = [&](const SpoolEntry& entry) {
      const Kind kind = answers.contains(entry.job) ? answers.at(entry.job) : Kind::kDelivered;
      if (kind == Kind::kDelivered) sent_.push_back(entry.job + entry.body);
      return Outcome{kind, 0, kind == Kind::kDelivered ? "" : "no"};
    };
    return Flush(spool(), "u", own_job, send, [] { return true; });
  }

  const Scratch scratch_;
  std::vector<std::string> sent_;
};

using Sent = std::vector<std::string>;

TEST_F(SpoolTest, FilesAreReadBackAndGarbageIsNot) {
  const SpoolEntry entry{"http://h", "a\nb", "{\"x\":\"1\\n\"}"};
  SpoolEntry read;
  EXPECT_TRUE(ParseSpoolFile(RenderSpoolFile(entry), read));
  EXPECT_EQ(read.job, entry.job);
  EXPECT_EQ(read.body, entry.body);
  for (const std::string& bad :
       {std::string(), std::string("batchslo-run 1\n"), std::string("batchslo-run 1\n1 1 1\nab"),
        std::string("batchslo-run 2\n1 1 1\nabc"), std::string("batchslo-run 1\n-1 1 1\nabc"),
        std::string("batchslo-run 1\n-1 1 5\nabcde")}) {
    EXPECT_FALSE(ParseSpoolFile(bad, read)) << bad;
  }
}

TEST_F(SpoolTest, RunsAreSentInOrderOwnJobFirst) {
  Add(2, "b", "r", 1);
  Add(2, "b", "r", 0);
  Add(1, "a", "q", 1);
  Add(1, "a", "q", 0);
  EXPECT_EQ(FlushWith({}, "b").sent, 4);
  EXPECT_EQ(sent_, (Sent{"br0", "br1", "aq0", "aq1"}));
  EXPECT_TRUE(spool().List("").empty());
}

TEST_F(SpoolTest, AnExporterThatIsAwayStopsTheFlush) {
  Add(1, "a", "q", 0);
  Add(2, "b", "r", 0);
  const FlushResult result = FlushWith({{"a", Kind::kLater}});
  EXPECT_EQ(result.left, 2);
  EXPECT_EQ(result.fault, "no");
  EXPECT_EQ(sent_, Sent{});
}

TEST_F(SpoolTest, ARefusedJobIsLeftForItsOwnTokenAndOthersGoOn) {
  Add(1, "a", "q", 0);
  Add(1, "a", "q", 1);
  Add(2, "b", "r", 0);
  EXPECT_EQ(FlushWith({{"a", Kind::kRefused}}).left, 2);
  EXPECT_EQ(sent_, Sent{"br0"});
  EXPECT_EQ(FlushWith({{"a", Kind::kRefused}}, "a").set_aside, 2);
  EXPECT_TRUE(spool().List("").empty());
}

TEST_F(SpoolTest, WhatAnotherHoldsIsSkippedWithTheRestOfItsRun) {
  Add(1, "a", "q", 0);
  Add(1, "a", "q", 1);
  Add(2, "b", "r", 0);
  Held held;
  ASSERT_EQ(spool().Take(SpoolName(1, "a", "q", 0), held), Spool::Taken::kHeld);
  EXPECT_EQ(FlushWith({}).left, 2);
  EXPECT_EQ(sent_, Sent{"br0"});
}

TEST_F(SpoolTest, ADirectoryThatIsALinkOrAnothersIsNotUsed) {
  Add(1, "a", "q", 0);
  std::filesystem::create_symlink(scratch_.File("deep/er"), scratch_.File("link"));
  const Spool link(scratch_.File("link"));
  Held held;
  std::string fault;
  EXPECT_FALSE(link.Add("x.event", {}, held, fault));
  EXPECT_NE(fault, "");
  EXPECT_TRUE(link.List("").empty());
  EXPECT_NE(link.Take(SpoolName(1, "a", "q", 0), held), Spool::Taken::kHeld);
  if (geteuid() != 0 || chown(scratch_.File("deep/er").c_str(), 65534, 65534) != 0) return;  // only root can give it away
  EXPECT_FALSE(spool().Add("x.event", {}, held, fault));
  EXPECT_NE(fault.find("is another user's; give --spool-dir"), std::string::npos) << fault;
  EXPECT_TRUE(spool().List("").empty());
}

TEST_F(SpoolTest, AnotherExportersEventsAndStrangeFilesAreLeftAlone) {
  Add(1, "a", "q", 0, "other");
  const std::string strange = scratch_.File("deep/er/" + SpoolName(0, "z", "z", 0));
  std::ofstream(strange) << "garbage";
  EXPECT_EQ(FlushWith({}).left, 2);
  EXPECT_TRUE(std::filesystem::exists(strange));
}

TEST_F(SpoolTest, FilesAreForTheirOwnerOnly) {
  Add(1, "a", "q", 0);
  const auto modes = std::filesystem::status(scratch_.File("deep/er/" + SpoolName(1, "a", "q", 0))).permissions();
  EXPECT_EQ(modes, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SpoolTest, AFullSpoolDropsTheOldest) {
  Add(5, "a", "q", 0);
  for (std::size_t i = 0; i + 1 < kSpoolFiles; ++i)
    std::ofstream(scratch_.File("deep/er/" + SpoolName(6, "a", std::to_string(i), 0)));
  Add(7, "a", "q", 0);
  const auto names = spool().List("");
  EXPECT_EQ(names.size(), kSpoolFiles);
  EXPECT_EQ(std::count(names.begin(), names.end(), SpoolName(5, "a", "q", 0)), 0);
  EXPECT_EQ(names.back(), SpoolName(7, "a", "q", 0));
}

TEST_F(SpoolTest, AFullSpoolDropsWhatOthersAreWritingByItsAgeToo) {
  Add(5, "a", "q", 0);
  const std::string young = scratch_.File("deep/er/.tmp-999-" + SpoolName(7, "a", "q", 0)), old = scratch_.File("deep/er/.tmp-999-" + SpoolName(4, "a", "q", 0));
  for (const std::string& name : {young, old, scratch_.File("deep/er/.tmp-")}) std::ofstream{name};
  for (std::size_t i = 0; i + 4 < kSpoolFiles; ++i)
    std::ofstream(scratch_.File("deep/er/" + SpoolName(6, "a", std::to_string(i), 0)));
  for (int i = 0; i < 3; ++i) Add(8, "a", "q", i);
  EXPECT_TRUE(std::filesystem::exists(young));
  EXPECT_FALSE(std::filesystem::exists(old));
  const auto names = spool().List("");
  EXPECT_EQ(std::count(names.begin(), names.end(), SpoolName(5, "a", "q", 0)), 0);
}

}  // namespace
}  // namespace batchslo
