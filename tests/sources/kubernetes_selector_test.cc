// Tests exporter/sources/kubernetes_selector.cc.
#include "exporter/sources/kubernetes_selector.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

using Labels = std::map<std::string, std::string>;

TEST(LabelSelector, TakesWhatKubectlTakes) {
  const Labels data = {{"team", "data"}, {"tier", "x"}, {"example.org/app", "a-b_c.d"}}, none;
  struct Row {
    const char* selector;
    bool data, none;
  };
  for (const Row& row : {Row{"", true, true}, Row{"  ", true, true}, Row{"team=data", true, false}, Row{"team==data", true, false}, Row{" team = data ", true, false}, Row{"team=other", false, false},
                         Row{"team!=data", false, true}, Row{"team!=other", true, true}, Row{"team", true, false}, Row{"!team", false, true}, Row{"! team", false, true}, Row{"team in (a,data)", true, false},
                         Row{"team in ( a , data )", true, false}, Row{"team in (a)", false, false}, Row{"team notin (data)", false, true}, Row{"team notin (a, b)", true, true},
                         Row{"team=data,tier=x", true, false}, Row{"team=data, tier=y", false, false}, Row{"team in (a,data),!other", true, false}, Row{"team=", false, false},
                         Row{"example.org/app=a-b_c.d", true, false}, Row{"in in (a)", false, false}}) {
    const auto selector = LabelSelector::Parse(row.selector);
    ASSERT_TRUE(selector) << selector.Message();
    EXPECT_EQ(selector->Takes(data), row.data) << row.selector;
    EXPECT_EQ(selector->Takes(none), row.none) << row.selector;
  }
}

TEST(LabelSelector, TellsWhatItCannotRead) {
  for (const char* text : {",", "a=b,", ",a=b", "=b", "a=b=c", "a in", "a in (", "a in b", "a of (b)", "a in (b", "(a)", "a>1", "a=b c", "!", "a!b", "a in (b) c", "a=\"b\"", "a=b;c=d", "\xff=\xff"}) {
    EXPECT_FALSE(LabelSelector::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace batchslo
