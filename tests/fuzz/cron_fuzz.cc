// Fuzzes exporter/core/cron*.cc in all dialects. An input: a byte for dialect, zone and time, then the expression.
#include "exporter/core/cron.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace batchslo;

void CheckTicks(const Schedule& schedule, TimePoint now) {
  for (int i = 0; i < 4; ++i) {
    const auto next = schedule.Next(now);
    if (!next) return;
    CHECK(*next > now && schedule.Next(*next - microseconds{1}) == next && schedule.Prev(*next + microseconds{1}) == next);
    const auto before = schedule.Prev(*next);
    CHECK(!before || (*before <= now && *before < *next));
    now = *next;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Zone zones[] = {Zone{}, *Zone::Find("Europe/Berlin"), *Zone::Find("Australia/Lord_Howe"), *Zone::Find("Africa/Casablanca")};
  static constexpr TimePoint kTimes[] = {TimePoint{seconds{1'772'355'600}}, TimePoint{seconds{1'774'745'000}}};  // the second one near a change in Berlin
  if (size == 0) return 0;
  const std::string_view text = fuzz::TextOf(data + 1, size - 1);
  const auto dialect = static_cast<Dialect>(data[0] % (static_cast<unsigned>(Dialect::kDeadline) + 1));
  const Zone& zone = zones[data[0] / 9 % 4];
  const TimePoint now = kTimes[data[0] / 36 % 2];
  const auto schedule = Schedule::Parse(text, dialect, zone, "folder/job");
  if (!schedule) {
    CHECK(!schedule.Message().empty());
    return 0;
  }
  const auto again = Schedule::Parse(schedule->Expression(), dialect, zone, "folder/job");
  CHECK(again && again->Next(now) == schedule->Next(now) && again->Every() == schedule->Every());
  CheckTicks(schedule->Every() ? schedule->AnchoredAt(now) : *schedule, now);
  return 0;
}
