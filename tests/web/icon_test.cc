// Tests exporter/web/icon.cc.
#include "exporter/web/icon.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/web/sample.h"

namespace batchslo {
namespace {

std::string IconOf(std::initializer_list<State> states) {
  Snapshot snapshot;
  for (const State state : states) snapshot.jobs.push_back(sample::BareJob("a", state, Verdict::kUnknown));
  return RenderIcon(snapshot);
}

TEST(Icon, TheWorstStateHasItsOwnMark) {
  const std::string met = IconOf({State::kMet}), unknown = IconOf({State::kUnknown}), missed = IconOf({State::kMissed});
  EXPECT_EQ((std::set<std::string>{met, unknown, missed}).size(), 3u);
  EXPECT_EQ(IconOf({State::kMet, State::kUnknown, State::kMissed}), missed);
  EXPECT_EQ(IconOf({State::kUnknown, State::kMet}), unknown);
  EXPECT_EQ(IconOf({State::kPaused, State::kGone, State::kPending}), met);
}

TEST(Icon, ItIsSvgWithoutScripts) {
  const std::string icon = IconOf({});
  EXPECT_TRUE(icon.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_TRUE(icon.ends_with("</svg>\n"));
  EXPECT_EQ(icon.find("script"), std::string::npos);
}

}  // namespace
}  // namespace batchslo
