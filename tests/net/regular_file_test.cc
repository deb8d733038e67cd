#include "exporter/net/regular_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "exporter/net/secret.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

using testing::HasSubstr;

class RegularFile : public testing::Test {
 protected:
  std::string Write(const std::string& text) const {
    std::ofstream(scratch_.File("file")) << text;
    return scratch_.File("file");
  }
  std::string Pipe() const {
    EXPECT_EQ(mkfifo(scratch_.File("pipe").c_str(), 0600), 0);
    return scratch_.File("pipe");
  }
  const Scratch scratch_;
};

TEST_F(RegularFile, IsReadWholeOrToOneByteBeyondTheLimit) {
  EXPECT_EQ(*ReadRegularFile(Write(""), 10), "");
  EXPECT_EQ(*ReadRegularFile(Write("12345"), 5), "12345");
  EXPECT_EQ(*ReadRegularFile(Write("1234567"), 5), "123456");
  const std::string large(300'000, 'x');
  EXPECT_EQ(*ReadRegularFile(Write(large), 1'000'000), large);
}

// Without a writer: to open it as a file is opened would take for ever.
TEST_F(RegularFile, APipeIsNoneAndNobodyWaitsForIt) {
  const std::string pipe = Pipe();
  EXPECT_EQ(ReadRegularFile(pipe, 10).Message(), "it is no regular file");
  EXPECT_THAT(ReadSecret({pipe, ""}).Message(), HasSubstr("it is no regular file"));
}

TEST_F(RegularFile, NorIsADirectoryADeviceOrNothing) {
  EXPECT_EQ(ReadRegularFile(scratch_.Path(), 10).Message(), "it is no regular file");
  EXPECT_EQ(ReadRegularFile("/dev/zero", 10).Message(), "it is no regular file");
  EXPECT_EQ(ReadRegularFile(scratch_.File("none"), 10).Message(), "No such file or directory");
}

TEST_F(RegularFile, ASecretIsNotLargerThanAMebibyte) {
  EXPECT_THAT(ReadSecret({Write(std::string((1 << 20) + 1, 'x')), ""}).Message(), HasSubstr("is larger than a secret can be"));
  EXPECT_EQ(ReadSecret({Write(std::string(1 << 20, 'x')), ""})->size(), std::size_t{1} << 20);
}

}  // namespace
}  // namespace batchslo
