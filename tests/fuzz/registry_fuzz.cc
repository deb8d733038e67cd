// Fuzzes exporter/config: the CSV of a registry, and its rows as jobs.
#include "exporter/config/csv.h"
#include "exporter/config/registry_rows.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace batchslo;

void CheckRoundTrip(std::string_view text) {
  std::vector<std::vector<std::string>> rows, again;
  // A row that goes on behind its 64th cell is not written whole, and may then say nothing.
  const auto keep = [&](const CsvRow& row) {
    if (!row.is_longer) rows.push_back(row.cells);
  };
  if (!ReadCsv(text, keep)) return;
  CHECK(ReadCsv(WriteCsv(rows), [&](CsvRow& row) { again.push_back(row.cells); }));
  CHECK(rows == again);
}

void CheckNotes(const std::vector<RegistryReading::Note>& notes) {
  CHECK(notes.size() <= 100);
  for (const auto& note : notes) CHECK(note.row > 0 && !note.text.empty() && note.text.size() < 3000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::TextOf(data, size);
  CheckRoundTrip(text);
  auto table = ReadRegistryTable(text);
  if (!table) {
    CHECK(!table.Message().empty());
    return 0;
  }
  const std::size_t rows = table->rows.size();
  Config config;
  config.registries.push_back({"r", "csv", {}, minutes{5}, seconds{30}});
  const Registered registered = CompleteByRegistries(config, {{"r", std::make_shared<const RegistryTable>(std::move(table).Value())}});
  const RegistryReading& reading = *registered.readings.at("r");
  CHECK(registered.config.fleet.jobs.size() == reading.rows && reading.rows <= rows && reading.alone.size() == reading.rows);
  CheckNotes(reading.faults);
  CheckNotes(reading.remarks);
  for (const auto& job : registered.config.fleet.jobs) {
    CHECK(job->configured && !job->name.empty() && !fuzz::HasControl(job->name) && !job->objectives.empty());
    CHECK(!fuzz::HasControl(std::string(*job->team)) && !fuzz::HasControl(std::string(*job->consumer)));
  }
  return 0;
}
