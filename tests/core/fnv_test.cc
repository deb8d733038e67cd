#include "exporter/core/fnv.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

template <class Bits>
Bits Of(std::string_view text) {
  Fnv1a<Bits> hash;
  hash.Text(text);
  return hash.Value();
}

// The vectors of its authors.
TEST(Fnv1a, IsThatOfItsAuthors) {
  struct Row {
    const char* text;
    std::uint32_t short_hash;
    std::uint64_t long_hash;
  };
  const Row rows[] = {{"", 0x811c9dc5u, 0xcbf29ce484222325u}, {"a", 0xe40c292cu, 0xaf63dc4c8601ec8cu}, {"foobar", 0xbf9cf968u, 0x85944171f73967e8u}};
  for (const Row& row : rows) {
    EXPECT_EQ(Of<std::uint32_t>(row.text), row.short_hash) << row.text;
    EXPECT_EQ(Of<std::uint64_t>(row.text), row.long_hash) << row.text;
  }
}

TEST(Fnv1a, FieldsDoNotRunIntoEachOther) {
  Fnv1a<std::uint64_t> one, other;
  one.Field("ab");
  one.Field("c");
  other.Field("a");
  other.Field("bc");
  EXPECT_NE(one.Value(), other.Value());
}

}  // namespace
}  // namespace batchslo
