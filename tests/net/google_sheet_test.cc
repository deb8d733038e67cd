// The cells of a spreadsheet: exporter/net/google_sheet.cc.
#include "exporter/net/google_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<SheetRows> Parse(const std::string& body, long status = 200, const std::string& email = "") {
  HttpReply reply;
  reply.status = status;
  reply.body = body;
  return ParseSheet(reply, email);
}

TEST(GoogleSheet, TheRequestNamesTheRange) {
  const HttpRequest request = AskForSheet("https://sheets.googleapis.com", "1AbC", "Jobs 2!A:Z");
  EXPECT_EQ(request.url, "https://sheets.googleapis.com/v4/spreadsheets/1AbC/values/Jobs%202%21A%3AZ?majorDimension=ROWS&valueRenderOption=FORMATTED_VALUE");
}

TEST(GoogleSheet, RowsAreAsPeopleSeeThem) {
  const auto rows = Parse(R"({"range": "Jobs!A1:Z1000", "majorDimension": "ROWS", "values": [["job", "by"], [], ["a/b", "10:00"], ["c", null, 7, true]]})");
  ASSERT_TRUE(rows);
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("job", "by"), testing::IsEmpty(), ElementsAre("a/b", "10:00"), ElementsAre("c", "", "7", "true")));
}

TEST(GoogleSheet, WhatStandsBeforeTheRangeCounts) {
  const std::pair<const char*, std::size_t> kRows[] = {{"Jobs!A1:Z1000", 0}, {"Jobs!A5:Z1000", 4}, {"'Jobs!7'!B12:C", 11}, {"Jobs!3:9", 2}, {"Jobs", 0}, {"", 0}, {"A1", 0}, {"Jobs!A0", 0}};
  for (const auto& [range, before] : kRows) {
    const auto rows = Parse("{\"range\": \"" + std::string(range) + "\", \"values\": [[\"job\"]]}");
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->size(), before + 1) << range;
  }
}

TEST(GoogleSheet, AnEmptySheetHasNoRows) { EXPECT_THAT(*Parse(R"({"range": "Jobs!A1:Z1000"})"), testing::IsEmpty()); }

TEST(GoogleSheet, AnErrorSaysHowToMendIt) {
  const std::string denied = R"({"error": {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}})";
  EXPECT_EQ(Parse(denied, 403, "slo@p.iam.gserviceaccount.com").Message(),
            "Google's Sheets API answers 403: The caller does not have permission; share the spreadsheet with slo@p.iam.gserviceaccount.com, and see that the Sheets API is switched on in its project");
  EXPECT_THAT(Parse(denied, 403).Message(), HasSubstr("share the spreadsheet with the account that asks"));
  EXPECT_THAT(Parse("{}", 404).Message(), HasSubstr("is the id of the spreadsheet right?"));
  EXPECT_THAT(Parse(R"({"error": {"message": "Unable to parse range: Job"}})", 400).Message(), HasSubstr("Unable to parse range: Job; is the range right"));
  EXPECT_EQ(Parse("<html>", 502).Message(), "Google's Sheets API answers 502");
}

TEST(GoogleSheet, WhatIsNoAnswerIsAnError) {
  for (const char* body : {"", "<html>sign in</html>", "[]", "{\"values\": ["}) EXPECT_FALSE(Parse(body)) << body;
  for (const char* body : {"{\"values\": 7}", "{\"values\": [7]}", "{}", "{\"range\": 7, \"values\": [[{}]]}"}) EXPECT_TRUE(Parse(body)) << body;
}

}  // namespace
}  // namespace batchslo
