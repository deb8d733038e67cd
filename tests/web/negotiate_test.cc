// Tests exporter/web/negotiate.cc.
#include "exporter/web/negotiate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace batchslo {
namespace {

constexpr Format kText = Format::kText, kOpen = Format::kOpenMetrics;

TEST(Negotiate, OpenMetricsIsForWhoNamesItAndWantsItAsMuch) {
  const std::pair<const char*, Format> rows[] = {
      {"", kText},
      {"*/*", kText},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", kText},
      {"text/plain;version=0.0.4", kText},
      {"application/openmetrics-text", kOpen},
      {"application/openmetrics-text; version=1.0.0", kOpen},
      {"application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", kOpen},
      {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.1", kOpen},
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.3", kText},
      {"application/openmetrics-text;version=2.0.0", kText},
      {"application/openmetrics-text;q=0", kText},
      {"application/openmetrics-text;q=0.3, text/plain;q=0.5", kText},
      {"application/openmetrics-text;q=0.5, text/plain;q=0.5", kOpen},
      {"APPLICATION/OpenMetrics-Text ; Q=0.9", kOpen},
      {"application/openmetrics-text;q=abc", kText},
      {"application/openmetrics-text;q=", kText},
      {"application/openmetrics-text;q=0.12345", kText},
      {"application/openmetrics-text;q=1.000", kOpen},
      {",,;;=,application/openmetrics-text,", kOpen},
      {"application/openmetrics-textual", kText},
  };
  for (const auto& [accept, format] : rows) EXPECT_EQ(Negotiate(accept), format) << accept;
}

TEST(Negotiate, GzipNeedsAQualityAboveZero) {
  const std::pair<const char*, bool> rows[] = {
      {"", false},          {"gzip", true},           {"gzip, deflate, br", true}, {"deflate", false},      {"identity", false},
      {"gzip;q=0", false},  {"gzip;q=0.001", true},   {"*", true},                 {"*;q=0", false},        {"gzip;q=0, *", false},
      {"*;q=0, gzip", true}, {"x-gzip", true},        {"GZIP", true},              {"br;q=1.0, gzip;q=0.8", true}, {"gzipped", false},
  };
  for (const auto& [header, accepts] : rows) EXPECT_EQ(AcceptsGzip(header), accepts) << header;
}

TEST(Negotiate, TheTypeNamesItsVersion) {
  EXPECT_EQ(ContentType(kText), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ContentType(kOpen), "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

RC_GTEST_PROP(Negotiate, NoOpenMetricsForWhoDoesNotNameIt, (const std::string& accept)) {
  RC_PRE(accept.find('/') == std::string::npos);
  RC_ASSERT(Negotiate(accept) == kText);
}

}  // namespace
}  // namespace batchslo
