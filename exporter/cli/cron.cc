#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "exporter/cli/command.h"
#include "exporter/cli/table.h"
#include "exporter/core/local_text.h"

namespace batchslo {
namespace {

struct CronOptions {
  std::string expression, dialect = "kubernetes", hash_name, timezone = "UTC", from, output = "table";
  int count = 10;
  bool reverse = false;
};

void PrintTicks(const std::vector<TimePoint>& ticks, const Schedule& schedule, std::string_view output, std::ostream& out) {
  const Zone& zone = schedule.GetZone();
  if (output == "json") {
    auto array = nlohmann::ordered_json::array();
    for (const TimePoint tick : ticks) array.push_back(FormatRfc3339(tick));
    out << array.dump() << "\n";
    return;
  }
  Table table({"LOCAL (" + zone.Name() + ")", "UTC", "NOTE"});
  for (const TimePoint tick : ticks) table.Add({LocalText(zone, tick), FormatRfc3339(tick), DstNote(schedule, tick)});
  table.Print(out);
}

int Cron(const CronOptions& options, std::ostream& out, std::ostream& err) {
  const auto dialect = ParseDialect(options.dialect);
  if (!dialect) return err << "cron: " << dialect.Message() << "\n", 2;
  const auto zone = Zone::Find(options.timezone);
  if (!zone) return err << "cron: " << zone.Message() << "\n", 2;
  TimePoint from = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  if (!options.from.empty()) {
    const auto time = ParseRfc3339(options.from);
    if (!time) return err << "cron: --from: " << time.Message() << "\n", 2;
    from = *time;
  }
  auto parsed = Schedule::Parse(options.expression, *dialect, *zone, options.hash_name);
  if (!parsed) return err << "cron: " << parsed.Message() << "\n", 2;
  const Schedule schedule = parsed->AnchoredAt(from);
  std::vector<TimePoint> ticks;
  for (auto tick = std::optional(from); static_cast<int>(ticks.size()) < options.count;) {
    tick = options.reverse ? schedule.Prev(*tick) : schedule.Next(*tick);
    if (!tick) break;
    ticks.push_back(*tick);
  }
  if (ticks.empty() && options.count > 0) err << "note: it has no tick within the years that are searched, five for those of cron, fifty for the others\n";
  if (schedule.Every()) err << "note: an interval has no times of its own; these are counted from " << FormatRfc3339(from) << "\n";
  PrintTicks(ticks, schedule, options.output, out);
  return 0;
}

}  // namespace

void AddCron(CLI::App& root, Action& action) {
  auto* command = root.add_subcommand("cron", "Print the next ticks of a schedule, in any scheduler's dialect");
  auto options = std::make_shared<CronOptions>();
  command->add_option("expression", options->expression, "Like '0 10 * * mon-fri'")->required();
  std::string dialects;
  for (const std::string_view name : DialectNames()) dialects += (dialects.empty() ? "" : ", ") + std::string(name);
  command->add_option("--dialect", options->dialect, "Whose schedule it is: " + dialects)->capture_default_str();
  command->add_option("--hash-name", options->hash_name, "The full name of the job, which Jenkins' H is made of");
  command->add_option("--timezone", options->timezone, "The zone of the schedule")->capture_default_str();
  command->add_option("--from", options->from, "Ticks strictly after this instant (before it, with --reverse); default: the clock");
  command->add_option("--count", options->count, "How many")->check(CLI::Range(0, 100000))->capture_default_str();
  command->add_flag("--reverse", options->reverse, "Step backwards");
  command->add_option("--output", options->output, "How to print")->check(CLI::IsMember({"table", "json"}))->capture_default_str();
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Cron(*options, out, err); };
  });
}

}  // namespace batchslo
