#include "exporter/store/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Ledger, ASecondDaemonIsRefusedAndToldByWhom) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  std::filesystem::create_symlink(scratch.File(), scratch.File("link.db"));
  for (const char* name : {"ledger.db", "link.db"}) {
    const auto second = Ledger::Open(OptionsAt(scratch.File(name)));
    ASSERT_FALSE(second.Ok()) << name;
    EXPECT_THAT(second.Message(), AllOf(HasSubstr("another batchslo_exporter (process " + std::to_string(getpid()) + ")"), HasSubstr("--store")));
  }
  ledger.reset();
  EXPECT_TRUE(Ledger::Open(OptionsAt(scratch.File())).Ok());
}

TEST(Ledger, WhatLiesThereMustBeAFile) {
  const Scratch scratch;
  const auto opened = Ledger::Open(OptionsAt(scratch.Path()));
  ASSERT_FALSE(opened.Ok());
  EXPECT_THAT(opened.Message(), HasSubstr("is a directory"));
  EXPECT_FALSE(Ledger::Open(OptionsAt("")).Ok());
}

TEST(Ledger, ItsFolderIsMadeAndOnlyItsOwnerMayReadIt) {
  const Scratch scratch;
  const std::string path = scratch.File("a/b%41 c.db");
  ASSERT_TRUE(OpenAt(path)->Append({ViewAt(kStart)}).Ok());
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(Ledger, AnyNameIsItsName) {
  for (const char* name : {"a?mode=ro", "a#b", "file:x.db?mode=memory", "a b'c", "x%00y", "a;b=c\nd", "%zz"}) {
    const Scratch scratch;
    const std::string path = scratch.File(name);
    ASSERT_TRUE(OpenAt(path)->Append({RunAt(kStart, "r", Outcome::kSucceeded)}).Ok()) << name;
    EXPECT_TRUE(std::filesystem::is_regular_file(path)) << name;
    EXPECT_GT(std::filesystem::file_size(path), 0u) << name;
    EXPECT_EQ(FactsOf(*OpenAt(path)).size(), 1u) << name;
    int seen = 0;
    EXPECT_TRUE(ReadLedger(path, [&](const Fact&) { ++seen; }).Ok()) << name;
    EXPECT_EQ(seen, 1) << name;
  }
}

TEST(Ledger, ALinkToWhatIsNotThereYetIsFollowed) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.File("far"));
  std::filesystem::create_symlink("far/real.db", scratch.File("link.db"));
  auto ledger = OpenAt(scratch.File("link.db"));
  ASSERT_TRUE(ledger->Append({ViewAt(kStart)}).Ok());
  EXPECT_FALSE(Ledger::Open(OptionsAt(scratch.File("link.db"))).Ok());
  EXPECT_FALSE(Ledger::Open(OptionsAt(scratch.File("far/real.db"))).Ok());
  std::filesystem::remove(scratch.File("far/real.db-wal"));
  EXPECT_FALSE(ledger->Append({ViewAt(kStart + seconds{1})}).Ok());
}

TEST(ReadLedger, GivesWhatForEachGives) {
  const Scratch scratch;
  const Report report = {ViewAt(kStart), ViewAt(kStart + seconds{50}), RunAt(kStart + seconds{70}, "r", Outcome::kSucceeded)};
  ASSERT_TRUE(OpenAt(scratch.File())->Append(report).Ok());
  std::vector<Fact> facts;
  const auto read = ReadLedger(scratch.File(), [&](const Fact& fact) { facts.push_back(fact); });
  EXPECT_TRUE(read.Ok()) << read.Message();
  EXPECT_EQ(facts, report);
}

TEST(ReadLedger, SaysWhatIsNoLedger) {
  const Scratch scratch;
  EXPECT_THAT(ReadLedger(scratch.File(), [](const Fact&) {}).Message(), HasSubstr("there is no such file"));
  std::ofstream(scratch.File()).flush();
  EXPECT_THAT(ReadLedger(scratch.File(), [](const Fact&) {}).Message(), HasSubstr("holds no ledger"));
}

// ---- what befalls a file ----

void Overwrite(const std::string& path, std::streamoff at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(at);
  file << bytes;
}

TEST(Ledger, ACorruptFileIsSetAsideAndANewOneBegun) {
  const Scratch scratch;
  ASSERT_TRUE(OpenAt(scratch.File())->Append({RunAt(kStart, "r", Outcome::kSucceeded)}).Ok());
  Overwrite(scratch.File(), 0, std::string(200, 'x'));
  auto ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger);
  EXPECT_THAT(ledger->Notice(), AllOf(HasSubstr(".corrupt-"), HasSubstr("unknown at first")));
  EXPECT_THAT(FactsOf(*ledger), IsEmpty());
  EXPECT_TRUE(ledger->Append({RunAt(kStart, "r", Outcome::kSucceeded)}).Ok());
  std::size_t aside = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.Path())) aside += entry.path().string().find(".corrupt-") != std::string::npos;
  EXPECT_GE(aside, 1u);
}

TEST(Ledger, ATextIsLeftWhereItIs) {
  for (const std::string text : {"sources: {}\n", "x", "{\"a\": \"\xc3\xa4\"}\r\n"}) {
    const Scratch scratch;
    std::ofstream(scratch.File()) << text;
    EXPECT_THAT(Ledger::Open(OptionsAt(scratch.File())).Message(), HasSubstr("is a text and no ledger")) << text;
    std::ifstream in(scratch.File());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
  }
}

TEST(Ledger, ALogWithADamagedHeadIsNotTakenForAnEmptyOne) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger->Append({RunAt(kStart, "r", Outcome::kSucceeded)}).Ok());
  const std::string copy = scratch.File("copy.db");
  for (const char* suffix : {"", "-wal"}) std::filesystem::copy_file(scratch.File() + suffix, copy + suffix);
  EXPECT_FALSE(IsDamagedWal(copy + "-wal"));
  EXPECT_FALSE(IsDamagedWal(scratch.File("none-wal")));
  Overwrite(copy + "-wal", 10, "x");
  EXPECT_TRUE(IsDamagedWal(copy + "-wal"));
  EXPECT_THAT(OpenAt(copy)->Notice(), HasSubstr(".corrupt-"));
}

TEST(Ledger, AFileThatIsReplacedOrDeletedIsNoticedAtTheNextWrite) {
  const auto replace = [](const std::string& path) {
    std::filesystem::copy_file(path, path + ".new");
    std::filesystem::rename(path + ".new", path);
  };
  const auto remove = [](const std::string& path) { std::filesystem::remove(path); };
  const auto remove_log = [](const std::string& path) { std::filesystem::remove(path + "-wal"); };
  // Then another daemon may have it, too.
  const auto remove_lock = [](const std::string& path) { std::filesystem::remove(path + ".lock"); };
  for (const std::function<void(const std::string&)>& befall : std::vector<std::function<void(const std::string&)>>{replace, remove, remove_log, remove_lock}) {
    const Scratch scratch;
    auto ledger = OpenAt(scratch.File());
    ASSERT_TRUE(ledger->Append({ViewAt(kStart)}).Ok());
    befall(scratch.File());
    const auto done = ledger->Append({ViewAt(kStart + seconds{1})});
    ASSERT_FALSE(done.Ok());
    EXPECT_THAT(done.Message(), HasSubstr("replaced or deleted"));
    EXPECT_FALSE(ledger->State().up);
    EXPECT_EQ(ledger->State().error, done.Message());
  }
}

// A limit on the size of files, in place of a full disk.
class SizeLimit {
 public:
  SizeLimit() : before_(std::signal(SIGXFSZ, SIG_IGN)) { getrlimit(RLIMIT_FSIZE, &was_); }
  ~SizeLimit() {
    Lift();
    std::signal(SIGXFSZ, before_);
  }
  void Set(rlim_t bytes) const {
    const rlimit limit{bytes, was_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  void Lift() const { setrlimit(RLIMIT_FSIZE, &was_); }

 private:
  void (*before_)(int);
  rlimit was_{};
};

TEST(Ledger, AFullDiskIsToldAndWhenThereIsRoomAgainAllIsWell) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact before = RunAt(kStart, "before", Outcome::kSucceeded), after = RunAt(kStart + seconds{9}, "after", Outcome::kSucceeded);
  ASSERT_TRUE(ledger->Append({before}).Ok());
  RunFact large;
  large.job = "j";
  large.run_id = "large";
  large.excerpt = std::string(1 << 20, 'x');
  const SizeLimit limit;
  limit.Set(std::filesystem::file_size(scratch.File() + "-wal") + 4096);
  EXPECT_FALSE(ledger->Append({{"s", kStart, large}}).Ok());
  EXPECT_FALSE(ledger->State().up);
  EXPECT_NE(ledger->State().error, "");
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(before));
  limit.Lift();
  EXPECT_TRUE(ledger->Append({after}).Ok());
  EXPECT_TRUE(ledger->State().up);
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(before, after));
  ledger.reset();
  EXPECT_THAT(FactsOf(*OpenAt(scratch.File())), ElementsAre(before, after));
}

}  // namespace
}  // namespace batchslo
