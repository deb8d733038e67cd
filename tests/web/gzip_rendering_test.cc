// Tests exporter/web/gzip_rendering.cc, job_blocks.cc and gzip.cc.
#include "exporter/web/gzip_rendering.h"

#include <gtest/gtest.h>

#include "tests/web/gunzip.h"
#include "tests/web/sample.h"

namespace batchslo {
namespace {

using sample::kNow;
using Set = std::set<std::string>;

std::string All(const Pieces& pieces) {
  std::string all;
  for (std::string_view piece = pieces(); !piece.empty(); piece = pieces()) all += piece;
  return all;
}

std::string Zipped(const std::shared_ptr<const Page>& page, Format format, TimePoint now) {
  return All([rendering = std::make_shared<GzipRendering>(page, format, now)] { return rendering->Next(); });
}

// What it shows of this process moves from one look to the next.
std::shared_ptr<const Page> PageOf(std::shared_ptr<const Snapshot> snapshot, const Page* before = nullptr,
                                   Set off = {"self"}) {
  return std::make_shared<const Page>(std::move(snapshot), std::move(off), nullptr, before);
}

void ExpectSame(const std::shared_ptr<const Page>& page, TimePoint now = kNow) {
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    const std::string plain = RenderAll(page, format, now);
    for (const char* time : {"first", "again, of what was kept"})
      EXPECT_TRUE(Gunzip(Zipped(page, format, now)) == plain) << time;
  }
}

std::size_t Shared(const Page& a, const Page& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(a.Jobs().size(), b.Jobs().size()); ++i)
    count += a.Jobs()[i] == b.Jobs()[i] ? 1 : 0;
  return count;
}

TEST(Gzip, ReadsBack) {
  const std::string whole = RenderAll(PageOf(sample::Fleet(300)), Format::kText, kNow);
  bool told = false;
  const Pieces zipped =
      GzipPieces([&] { return std::exchange(told, true) ? std::string_view() : std::string_view(whole); });
  EXPECT_EQ(Gunzip(All(zipped)), whole);
  EXPECT_EQ(Gunzip(Gzip("")), "");
  EXPECT_EQ(Gunzip(Gzip(whole)), whole);
}

TEST(Gzip, PartsMakeOneMember) {
  GzipMember member;
  std::string all(GzipMember::Head()), text;
  for (const std::string& piece : {std::string("a"), std::string(), std::string(70'000, 'b'), std::string("\0c", 2)}) {
    const GzipPart part = DeflatePart(piece);
    member.Add(part);
    all += part.bytes;
    text += piece;
  }
  EXPECT_EQ(Gunzip(all + member.Tail()), text);
}

TEST(GzipRendering, UnpacksToThePlainPage) {
  for (const std::size_t jobs :
       {std::size_t{0}, std::size_t{1}, kBlockJobs - 1, kBlockJobs, kBlockJobs + 1, 3 * kBlockJobs + 7}) {
    SCOPED_TRACE(jobs);
    ExpectSame(PageOf(sample::Fleet(jobs)));
  }
  ExpectSame(PageOf(sample::Mixed()));
  ExpectSame(PageOf(sample::Mixed(), nullptr, {"self", "runs"}));
}

TEST(GzipRendering, HasWhatThePageTellsOfItself) {
  const auto page = PageOf(sample::Mixed(), nullptr, {});
  const std::string text = Gunzip(Zipped(page, Format::kOpenMetrics, kNow));
  EXPECT_NE(text.find("\nbatchslo_source_up{source=\"gke\"} 1\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("# EOF\n"));
}

TEST(GzipRendering, IsMuchSmaller) {
  const auto page = PageOf(sample::Fleet(2000));
  EXPECT_LT(Zipped(page, Format::kText, kNow).size(), RenderAll(page, Format::kText, kNow).size() / 8);
}

TEST(GzipRendering, AgesMoveThoughNothingChanged) {
  const auto page = PageOf(sample::Fleet(600));
  ExpectSame(page, kNow);
  ExpectSame(page, kNow + seconds{15});
}

TEST(GzipRendering, AJobThatChangedIsShownAndTheOtherBlocksAreKept) {
  const auto first = sample::Fleet(4 * kBlockJobs);
  const auto before = PageOf(first);
  ExpectSame(before);
  auto second = std::make_shared<Snapshot>(*first);
  auto changed = sample::UsualJob(first->jobs[kBlockJobs + 3]->def->name);
  changed->state = State::kUnknown;
  second->jobs[kBlockJobs + 3] = changed;
  const auto page = PageOf(second, before.get());
  EXPECT_EQ(Shared(*page, *before), 3u);
  ExpectSame(page);
  EXPECT_NE(Gunzip(Zipped(page, Format::kText, kNow)), Gunzip(Zipped(before, Format::kText, kNow)));
  ExpectSame(before);  // a scrape that is still at it sees what it began with
}

TEST(GzipRendering, JobsThatComeAndGoMoveTheOthers) {
  const auto first = sample::Fleet(2 * kBlockJobs);
  const auto before = PageOf(first);
  ExpectSame(before);
  for (const std::size_t gone : {std::size_t{0}, kBlockJobs, 2 * kBlockJobs - 1}) {
    auto second = std::make_shared<Snapshot>(*first);
    second->jobs.erase(second->jobs.begin() + static_cast<std::ptrdiff_t>(gone));
    const auto page = PageOf(second, before.get());
    ExpectSame(page);
    ExpectSame(PageOf(first, page.get()));
  }
}

TEST(GzipRendering, SourcesAreThoseOfTheNewSnapshot) {
  const auto first = sample::Fleet(3);
  const auto before = PageOf(first, nullptr, {});
  auto second = std::make_shared<Snapshot>(*first);
  second->sources[1].up = false;
  const auto page = PageOf(second, before.get(), {});
  EXPECT_EQ(page->ShareValues(), before->ShareValues());
  EXPECT_NE(Gunzip(Zipped(page, Format::kText, kNow)).find("batchslo_source_up{source=\"dwh\"} 0\n"),
            std::string::npos);
  EXPECT_NE(RenderAll(page, Format::kText, kNow).find("batchslo_source_up{source=\"dwh\"} 0\n"), std::string::npos);
}

}  // namespace
}  // namespace batchslo
