// Tests exporter/web/html.cc, html_parts.cc, html_job.cc and style.cc.
#include "exporter/web/html.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "exporter/web/build_info.h"
#include "exporter/web/html_parts.h"
#include "tests/web/golden.h"
#include "tests/web/sample.h"

namespace batchslo {
namespace {

using sample::At;
using sample::kNow;

std::string Page(const Snapshot& snapshot, const PageView& view = {}) { return RenderPage(snapshot, kNow, view); }

std::string JobPage(const JobState& job) { return RenderJobPage(job, *sample::Mixed(), kNow, "../"); }

// One tag a line, and nothing that changes from build to build.
std::string Readable(std::string html) {
  const auto replace = [&](std::string_view what, std::string_view with) {
    for (std::size_t at = html.find(what); at != std::string::npos; at = html.find(what, at + with.size())) html.replace(at, what.size(), with);
  };
  replace(kRevision, "REVISION");
  replace("batchslo_exporter " + std::string(kVersion), "batchslo_exporter VERSION");
  for (const char* tag : {"<tr", "<td", "<th ", "<li", "<dt", "<h1", "<h2", "<nav", "<a", "<main", "<footer", "<symbol", "<div", "<link", "<title", "<body"}) replace(tag, std::string("\n") + tag);
  return html;
}

std::size_t CountOf(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

bool InOrder(const std::string& text, const std::vector<std::string>& pieces) {
  std::size_t at = 0;
  for (const std::string& piece : pieces) {
    at = text.find(piece, at);
    if (at == std::string::npos) return false;
  }
  return true;
}

TEST(Html, ThePagesAreTheGoldenOnes) {
  const auto snapshot = sample::Mixed();
  PageView view;
  view.notice = "the ledger was corrupt & is set aside";
  ExpectGolden(Readable(Page(*snapshot, view)), "page.html");
  ExpectGolden(Readable(JobPage(*snapshot->jobs[1])), "job.html");
}

TEST(Html, AJobTellsHowItsWindowsEnded) {
  struct Row {
    std::string days, text;
  };
  for (const Row& row : {Row{"20510x1:0/0/0/0", ""}, Row{"20500x20:1/0/0/0", "20 of 20 windows met in 28 days (100%)<"}, Row{"20500x1:1999/1/0/0", "1999 of 2000 windows met in 28 days (99.9%)<"},
                         Row{"20500x1:0/1/2/3", "0 of 1 windows met in 28 days (0%), 2 unknown, 3 excused<"}, Row{"20500x1:0/0/2/0", "0 of 0 windows met in 28 days, 2 unknown<"}}) {
    auto job = sample::UsualJob("a");
    job->objectives[0].tally = SharedValue(Tally{1, kNow, 0, 0, 0, *DayCounts::Read(row.days)});
    EXPECT_EQ(JobPage(*job).find("windows met") == std::string::npos, row.text.empty()) << row.days;
    EXPECT_NE(JobPage(*job).find(row.text), std::string::npos) << row.days;
  }
}

TEST(Html, WhereThereAreNoWindowsAJobTellsForHowLongItWasMet) {
  auto job = sample::UsualJob("a");
  auto def = std::make_shared<JobDef>(*job->def);
  def->objectives[0].rule = Within{hours{1}};
  def->objectives[0].target = {28, 500000};
  job->def = def;
  job->objectives[0].tally = SharedValue(Tally{1, kNow, 0, 0, 0, *DayCounts::Read("20500x1:64800/21600/0/0 20501x1:64800/21600/3600/0")});
  EXPECT_NE(JobPage(*job).find("met for 36 h of 2 d in 28 days (75%), 60 min unknown; error budget: 50% left of 50% over 28d<"), std::string::npos) << JobPage(*job);
}

TEST(Html, AJobTellsItsErrorBudget) {
  struct Row {
    std::string days, text;  // empty: nothing
    SloTarget target;
  };
  for (const Row& row : {Row{"20500x1:996/4/0/0", "(99.6%); error budget: 60% left of 99% over 28d<", {28, 990000}}, Row{"20500x1:991/9/0/0", "; error budget: 10% left of 99% over 7d<", {7, 990000}},
                         Row{"20500x1:1/1/0/0", "; error budget: overspent by 900% of 95% over 28d<", {28, 950000}}, Row{"20500x1:10/0/0/0", "; error budget: 100% left of 99.9999% over 90d<", {90, 999999}},
                         Row{"20500x1:10/0/0/0", "", {}}, Row{"20500x1:0/0/1/0", "", {28, 990000}}}) {
    auto job = sample::UsualJob("a");
    auto def = std::make_shared<JobDef>(*job->def);
    def->objectives[0].target = row.target;
    job->def = def;
    job->objectives[0].tally = SharedValue(Tally{1, kNow, 0, 0, 0, *DayCounts::Read(row.days)});
    EXPECT_EQ(JobPage(*job).find("error budget") == std::string::npos, row.text.empty()) << row.days;
    EXPECT_NE(JobPage(*job).find(row.text), std::string::npos) << row.days;
  }
}

TEST(Html, AJobTellsWhatIsToBeExpected) {
  const TimePoint began = kNow - minutes{50}, miss = kNow + days{10};
  struct Row {
    Outlook outlook;
    std::vector<std::string> texts;  // in this order
  };
  for (const Row& row : {Row{{}, {}}, Row{{Risk::kNone, {}, hours{2}, 0.002, {}}, {}}, Row{{Risk::kRunning, began, hours{2}, {}, {}}, {">at risk</span>", "at risk: began ", "50 min ago", ", usually takes up to 2 h (p95), due "}},
                         Row{{Risk::kNotRunning, {}, hours{2}, {}, {}}, {"at risk: no run is going, usually takes up to 2 h (p95), due "}}, Row{{Risk::kUpstream, {}, hours{2}, {}, {}}, {"at risk: it needs a job that is missed, due "}},
                         Row{{Risk::kNone, {}, hours{2}, 180.0 / 86400, miss}, {"the margin shrinks by 3 min a day: a miss is predicted for about 2026-03-12, ", "in 10 d"}}}) {
    auto job = sample::UsualJob("a");
    job->outlooks = SharedValue(std::vector<Outlook>{row.outlook});
    const std::string page = JobPage(*job);
    EXPECT_TRUE(InOrder(page, row.texts)) << page;
    EXPECT_EQ(page.find("at risk") == std::string::npos, !IsAtRisk(row.outlook.risk)) << page;
    EXPECT_EQ(page.find("shrinks") == std::string::npos, !row.outlook.predicted_miss) << page;
  }
}

TEST(Html, TheWorstComesFirst) {
  EXPECT_TRUE(InOrder(Page(*sample::Mixed()), {"<tr class=\"missed\"", "<tr class=\"unknown\"", "<tr class=\"gone\"", "<tr class=\"paused\"", "<tr class=\"pending\"", "<tr class=\"met\""}));
}

TEST(Html, EveryStateHasAnIconAndAText) {
  const std::string page = Page(*sample::Mixed());
  std::set<std::size_t> ranks;
  for (const char* state : {"missed", "unknown", "gone", "paused", "pending", "met"}) {
    const std::string name = state;
    EXPECT_NE(page.find("<symbol id=\"i-" + name + "\""), std::string::npos) << name;
    EXPECT_NE(page.find("<use href=\"#i-" + name + "\"/></svg>" + name), std::string::npos) << name;
    EXPECT_NE(StyleSheet().find("." + name + "{"), std::string::npos) << name;
    ranks.insert(Badness(name));
  }
  EXPECT_EQ(ranks, (std::set<std::size_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(Badness("missed"), 0u);
  EXPECT_EQ(Badness("no state"), 6u);
}

TEST(Html, ItNeedsNoScriptAndNothingFromElsewhere) {
  for (const std::string& page : {Page(*sample::Mixed()), JobPage(*sample::Mixed()->jobs[1]), RenderMissingPage("x", "./")}) {
    for (const char* word : {"<script", "javascript:", " onclick", " onload", "style=", "src=", "http://", "https://", "@import", "<form"}) EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(StyleSheet().find("url("), std::string_view::npos);
}

TEST(Html, TheTitleTellsOfMisses) {
  EXPECT_NE(Page(*sample::Mixed()).find("<title>(1 missed) Batch SLOs</title>"), std::string::npos);
  EXPECT_NE(Page(*sample::Fleet(1)).find("<title>Batch SLOs</title>"), std::string::npos);
}

TEST(Html, DueIsTold) {
  const auto job = sample::UsualJob("a");
  ObjectiveState& state = job->objectives[0];
  state.window = Window{At("2026-03-01T23:00:00Z"), At("2026-03-02T01:00:00Z")};
  struct Row {
    Verdict verdict;
    std::optional<TimePoint> next_due;
    std::vector<std::string> pieces;
  };
  const Row rows[] = {
      {Verdict::kMissed, At("2026-03-03T01:00:00Z"), {"missed", "was due ", "5 min ago", ", next ", "in 23 h"}},
      {Verdict::kMissed, std::nullopt, {"was due ", "5 min ago"}},
      {Verdict::kMet, At("2026-03-03T01:00:00Z"), {"met", "due ", "in 23 h"}},
      {Verdict::kUnknown, std::nullopt, {"unknown", "<span class=\"due dim\"></span>"}},
      {Verdict::kUnknown, At("2026-03-02T01:00:00Z"), {"unknown", "was due ", "5 min ago"}},
      {Verdict::kPaused, At("2026-03-02T01:00:00Z"), {"paused", "<span class=\"due dim\"></span>"}},
  };
  for (const Row& row : rows) {
    state.verdict = row.verdict;
    state.next_due = row.next_due;
    const std::string item = ObjectiveItem(*job, 0, kNow);
    EXPECT_TRUE(InOrder(item, row.pieces)) << item;
  }
}

TEST(Html, TimesAreRoughAndTheExactOneIsBehindThem) {
  const std::pair<Duration, const char*> rows[] = {
      {seconds{-5}, "0 s"}, {seconds{0}, "0 s"}, {seconds{59}, "59 s"}, {seconds{60}, "1 min"}, {minutes{89}, "89 min"}, {minutes{90}, "1 h"},
      {hours{47}, "47 h"},  {hours{48}, "2 d"},  {days{400}, "400 d"},
  };
  for (const auto& [duration, text] : rows) EXPECT_EQ(Roughly(duration), text);
  EXPECT_EQ(Ago(kNow - minutes{3}, kNow), "<time datetime=\"2026-03-02T01:02:00Z\" title=\"2026-03-02T01:02:00Z\">3 min ago</time>");
  EXPECT_EQ(Ago(kNow + hours{2}, kNow), "<time datetime=\"2026-03-02T03:05:00Z\" title=\"2026-03-02T03:05:00Z\">in 2 h</time>");
}

TEST(Html, FiltersShowOnlyWhatTheyName) {
  PageView view;
  view.state = "missed";
  const std::string missed = Page(*sample::Mixed(), view);
  EXPECT_EQ(CountOf(missed, "<tr class=\"missed\"><td>"), 2u) << "the job, and the source that is down";
  EXPECT_EQ(missed.find("ads/import</a>"), std::string::npos);
  EXPECT_NE(missed.find("href=\"./?state=missed\" aria-current=\"true\"><b>1</b>"), std::string::npos);
  view = {};
  view.team = "nobody \"&";
  const std::string none = Page(*sample::Mixed(), view);
  EXPECT_NE(none.find("No job is like that."), std::string::npos);
  EXPECT_NE(none.find("?state=missed&amp;team=nobody%20%22%26\""), std::string::npos) << "a filter keeps the other one";
  EXPECT_NE(none.find("team nobody &quot;&amp;"), std::string::npos);
}

TEST(Html, AFleetIsPaged) {
  const auto fleet = sample::Fleet(kJobsOnAPage + 1);
  PageView view;
  const std::string first = Page(*fleet, view);
  EXPECT_EQ(CountOf(first, "<th scope=\"row\"><span class=\"name\"><a"), kJobsOnAPage);
  EXPECT_NE(first.find("rel=\"next\" href=\"./?page=2\""), std::string::npos);
  EXPECT_EQ(first.find("rel=\"prev\""), std::string::npos);
  view.page = 99;
  view.team = "recommend";
  const std::string last = Page(*fleet, view);
  EXPECT_EQ(CountOf(last, "<th scope=\"row\"><span class=\"name\"><a"), 1u);
  EXPECT_NE(last.find("rel=\"prev\" href=\"./?page=1&amp;team=recommend\""), std::string::npos);
  EXPECT_NE(last.find("page 2 of 2"), std::string::npos);
}

TEST(Html, WhatIsWrongWithOurselvesComesBeforeTheJobs) {
  auto snapshot = sample::Mixed();
  snapshot->config.last_reload_ok = false;
  snapshot->config.error = "line 7: <unknown> key";
  snapshot->web_config = ConfigState{false, {}, "no <key>", "/etc/web.yml", 0};
  snapshot->store.up = false;
  snapshot->store.error = "disk full";
  PageView view;
  view.notice = "the ledger was corrupt";
  const std::string page = Page(*snapshot, view);
  EXPECT_TRUE(InOrder(page, {"role=\"alert\">the ledger was corrupt", "line 7: &lt;unknown&gt; key", "The web configuration in /etc/web.yml is not good", "no &lt;key&gt;", "takes no writes: disk full", "<table"}));
  EXPECT_EQ(Page(*sample::Mixed()).find("role=\"alert\""), std::string::npos);
}

TEST(Html, AnEmptyFleetSaysWhatToExpect) {
  const std::string page = Page(Snapshot{});
  EXPECT_NE(page.find("No job is known yet."), std::string::npos);
  EXPECT_NE(page.find("nothing can prove a success"), std::string::npos);
}

TEST(Html, SourcesTellTheirHealthAndTheirErrors) {
  const std::string page = Page(*sample::Mixed());
  EXPECT_TRUE(InOrder(page, {"<h2>Sources</h2>", "partly dark", "gke", "search: forbidden: list jobs in &lt;search&gt;", "down", "dwh", "connection refused"}));
}

TEST(Html, RegistriesTellWhatIsWrongAndWhere) {
  auto snapshot = sample::Mixed();
  EXPECT_EQ(Page(*snapshot).find("Registries"), std::string::npos) << "there is none";
  snapshot->registries = sample::Registries();
  const std::string page = Page(*snapshot);
  EXPECT_TRUE(InOrder(page, {"<h2>Registries</h2>", "wrong rows", "team-sheet", "12 rows, 2 left out", "row 7, by of ads/import: &quot;25:00&quot; is no time of day", "row 9: it has &lt;more&gt; cells",
                             "row 3, team of mart/items: ", "row 4: no source knows lost/&lt;job&gt;", "down", "wiki", "wiki.example answers 403", "1 rows", "not read yet", "fresh", "never",
                             "href=\"./api/v1/registries\""}))
      << page;
}

TEST(Html, OfManyNotesTheFirstAreShown) {
  auto snapshot = sample::Mixed();
  RegistryReading reading;
  for (int row = 2; row < 102; ++row) reading.faults.push_back({row, "", "", "wrong"});
  snapshot->registries = {{"r", "csv", true, std::nullopt, "", std::make_shared<const RegistryReading>(reading), {}}};
  const std::string page = Page(*snapshot);
  EXPECT_TRUE(InOrder(page, {"row 2: wrong", "row 21: wrong", "and 80 more at least"}));
  EXPECT_EQ(page.find("row 22: wrong"), std::string::npos);
}

TEST(Html, LinksFollowTheRoot) {
  PageView view;
  view.root = "../../";
  view.telemetry_path = "/probe/metrics";
  const std::string page = Page(*sample::Mixed(), view);
  for (const char* href : {"href=\"../../static/style.css", "href=\"../../jobs/ads/import\"", "href=\"../../probe/metrics\"", "href=\"../../?state=met\"", "href=\"../../api/v1/jobs\""}) {
    EXPECT_NE(page.find(href), std::string::npos) << href;
  }
}

TEST(Html, AJobsLinksAreLinksOnlyWhereTheyAreSafe) {
  auto job = sample::UsualJob("a");
  auto def = std::make_shared<JobDef>(*job->def);
  def->runbook_url = "https://wiki/\"onclick=";
  def->dashboard_url = "javascript:alert(1)";
  job->def = def;
  const std::string page = JobPage(*job);
  EXPECT_NE(page.find("href=\"https://wiki/&quot;onclick=\""), std::string::npos);
  EXPECT_EQ(page.find("href=\"javascript:"), std::string::npos);
}

// Texts from outside never open or close a tag: every '<' begins one of ours.
RC_GTEST_PROP(Html, HostileTextsStayTexts, (const std::string& text)) {
  auto job = sample::UsualJob(text);
  auto def = std::make_shared<JobDef>(*job->def);
  def->team = def->consumer = def->runbook_url = def->dashboard_url = def->objectives[0].name = text;
  job->schedule = job->timezone = job->outputs[0].name = job->objectives[0].evidence = job->runs_source = text;
  job->outputs[0].checks = {{text, false, 1.0}};
  job->failure = std::make_unique<LastFailure>(LastFailure{text, text, text, text, text, text, kNow, text});
  job->def = def;
  auto plain = sample::UsualJob("a");
  plain->outputs[0].checks = {{"a", false, 1.0}};
  plain->failure = std::make_unique<LastFailure>(LastFailure{"a", "a", "a", "a", "a", "a", kNow, "a"});
  auto snapshot = sample::Fleet(0);
  snapshot->sources[0].name = snapshot->sources[0].error = text;
  snapshot->jobs = {job};
  auto usual = sample::Fleet(0);
  usual->sources[0].error = "a";
  usual->jobs = {plain};
  if (!text.empty()) RC_ASSERT(CountOf(Page(*snapshot), "<") == CountOf(Page(*usual), "<"));
  RC_ASSERT(JobPage(*job).find("<script") == std::string::npos);
}

TEST(Style, ItIsDarkWhereThatIsWantedAndSmall) {
  const std::string style(StyleSheet());
  EXPECT_NE(style.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_EQ(std::count(style.begin(), style.end(), '{'), std::count(style.begin(), style.end(), '}'));
  EXPECT_LT(style.size(), 10u << 10);
}

}  // namespace
}  // namespace batchslo
