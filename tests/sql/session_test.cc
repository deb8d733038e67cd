#include <gtest/gtest.h>

#include <filesystem>

#include "exporter/sql/database.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

TEST(Session, OpensTheFileThatTheUrlNamesWhateverItsName) {
  const Scratch scratch;
  for (const std::string name : {"plain.db", "two words.db", "a  b = 'c' readonly=true.db", "\xc3\xa9.db"}) {
    const std::string path = scratch.File(name);
    DatabaseOptions options;
    options.url = "sqlite://" + path;
    options.writes = true;
    const auto writer = Session::Open(options);
    ASSERT_TRUE(writer) << name << ": " << writer.Message();
    EXPECT_TRUE((*writer)->Execute({"CREATE TABLE t (x)", {}, 0})) << name;
    EXPECT_TRUE(std::filesystem::is_regular_file(path)) << name;
    options.writes = false;
    const auto reader = Session::Open(options);
    ASSERT_TRUE(reader) << name << ": " << reader.Message();
    EXPECT_TRUE((*reader)->Query({"SELECT count(*) FROM t", {}, 1})) << name;
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.Path()), {}), 4);
}

TEST(Session, RefusesASqlitePathThatTheLibraryWouldMisread) { EXPECT_FALSE(CheckDatabaseUrl("sqlite:///tmp/a\"b.db")); }

}  // namespace
}  // namespace batchslo
