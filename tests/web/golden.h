#pragma once
// Whole outputs as files, read in review.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace batchslo {

// UPDATE_GOLDEN=1 in the environment writes the file anew, for a review of the difference.
inline void ExpectGolden(const std::string& text, const std::string& file) {
  const std::string path = std::string(TESTDATA) + "/web/" + file;
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << text;
  std::ifstream in(path);
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(in), {})) << path;
}

}  // namespace batchslo
