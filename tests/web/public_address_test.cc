// Tests exporter/web/public_address.cc.
#include "exporter/web/public_address.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

TEST(PublicAddress, ThePrefixIsThePathOfTheUrlUnlessSaid) {
  struct Row {
    const char *url, *prefix, *origin, *read;
  };
  const Row rows[] = {
      {"", "", "", ""},
      {"https://slo.example", "", "https://slo.example", ""},
      {"https://slo.example/", "", "https://slo.example", ""},
      {"https://slo.example:8443/a/b/", "", "https://slo.example:8443", "/a/b"},
      {"http://[::1]:80/slo", "", "http://[::1]:80", "/slo"},
      {"/slo/", "", "", "/slo"},
      {"https://slo.example/slo", "/", "https://slo.example", ""},
      {"https://slo.example/slo", "/other/", "https://slo.example", "/other"},
      {"", "slo", "", "/slo"},
      {"", "/a.b/c-d_e~f", "", "/a.b/c-d_e~f"},
  };
  for (const Row& row : rows) {
    const auto read = ReadPublicAddress(row.url, row.prefix);
    ASSERT_TRUE(read) << read.Message();
    EXPECT_EQ(read->origin, row.origin) << row.url;
    EXPECT_EQ(read->prefix, row.read) << row.url << " " << row.prefix;
  }
}

TEST(PublicAddress, LinksBeginWhereOthersReachIt) {
  struct Row {
    const char *url, *prefix, *base;
  };
  const Row rows[] = {
      {"https://slo.example", "", "https://slo.example"},
      {"https://slo.example/slo//", "", "https://slo.example/slo"},
      {"https://slo.example/slo", "/", "https://slo.example/slo"},
      {"", "", "http://slo-0:10510"},
      {"", "slo/", "http://slo-0:10510/slo"},
      {"/seen/", "/inside", "http://slo-0:10510/seen"},
      {"/", "", "http://slo-0:10510"},
  };
  for (const Row& row : rows) EXPECT_EQ(LinkBase(row.url, row.prefix, "http://slo-0:10510"), row.base) << row.url << " " << row.prefix;
}

TEST(PublicAddress, WhatIsNoneIsToldByItsFlag) {
  for (const char* url : {"slo.example", "ftp://slo.example/", "https://", "https:///slo", "https://user@slo.example/", "https://slo.example/a b", "https://slo.example?x=/a", "https://slo.example/a?b", "https://slo.example/../a", "/a%20b", "//slo.example/a//b"}) {
    const auto read = ReadPublicAddress(url, "");
    ASSERT_FALSE(read) << url;
    EXPECT_NE(read.Message().find("--web.external-url"), std::string::npos);
  }
  for (const char* prefix : {"/a b", "/a/../b", "/..", "/.", "/a//b", "/a?b", "/%61", "/\xc3\xa4"}) {
    const auto read = ReadPublicAddress("", prefix);
    ASSERT_FALSE(read) << prefix;
    EXPECT_NE(read.Message().find("--web.route-prefix"), std::string::npos);
  }
}

}  // namespace
}  // namespace batchslo
