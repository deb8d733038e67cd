// Tested by tests/config/registry_table_test.cc.
#include "exporter/config/registry_table.h"

#include <algorithm>
#include <set>

#include "exporter/config/csv.h"
#include "exporter/config/jobs.h"
#include "exporter/config/text.h"
#include "exporter/core/nearest.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostNotes = 100;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kBlanks);
  return from == std::string_view::npos ? "" : text.substr(from, text.find_last_not_of(kBlanks) + 1 - from);
}

// "Runbook URL" is runbook_url.
std::string KeyOf(std::string_view title) {
  std::string key(Trimmed(title));
  for (char& c : key) c = c == ' ' || c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return key;
}

std::vector<std::string_view> KnownKeys() {
  std::vector<std::string_view> known = {"job"};
  for (const OptionSpec& spec : AnnotationKeys()) known.push_back(spec.key);
  return known;
}

// What of a cell can't be shown or compared. "": nothing.
std::string CellFault(std::string_view text) {
  if (text.size() > kLongestAnnotation) return "it is longer than 1 KiB";
  for (std::size_t i = 0, length = 0; i < text.size(); i += length) {
    length = CharacterLength(text, i);
    if (length == 0) return "it is not UTF-8; export the table as CSV in UTF-8";
    const char32_t point = CodePointAt(text, i);
    if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return "it has a line end or another control character";
  }
  return "";
}

class TableReader {
 public:
  Result<RegistryTable> Read(std::string_view csv) {
    const auto read = batchslo::ReadCsv(csv, [&](CsvRow& row) { columns_.empty() ? ReadHeader(row) : ReadRow(row); });
    if (!read) return read.GetError();
    if (columns_.empty()) return Error{"it is empty: its first row is to name the columns, and one of them is \"job\""};
    if (!header_fault_.empty()) return Error{header_fault_};
    return std::move(table_);
  }

 private:
  void ReadHeader(const CsvRow& row) {
    static const std::vector<std::string_view> kKnown = KnownKeys();
    std::set<std::string_view> seen;
    for (const std::string& title : row.cells) {
      const std::string name = KeyOf(title);
      const auto known = std::find(kKnown.begin(), kKnown.end(), name);
      columns_.push_back(known == kKnown.end() ? "" : *known);
      if (known == kKnown.end() && !name.empty()) AddUnknown(row, title, Nearest(name, kKnown));
      if (known != kKnown.end() && !seen.insert(*known).second) Refuse(row, "two columns are named " + Quoted(*known) + ": which of them counts?");
    }
    if (row.is_longer) Refuse(row, "it has more than 64 columns");
    if (!seen.contains("job")) Refuse(row, "no column is named \"job\": the first row names the columns, and \"job\" is the one that has the names of the jobs");
  }

  void AddUnknown(const CsvRow& row, const std::string& title, std::string_view nearest) {
    const std::string named = CellFault(title).empty() ? Quoted(Trimmed(title)) : "whose title can't be shown";
    AddNote(table_.reading.remarks, {static_cast<int>(row.number), "", "", "the column " + named + " is not read" + (nearest.empty() ? "" : "; did you mean " + Quoted(nearest) + "?")});
  }

  void Refuse(const CsvRow& row, const std::string& fault) {
    if (header_fault_.empty()) header_fault_ = "row " + std::to_string(row.number) + ": " + fault;
  }

  void ReadRow(CsvRow& from) {
    RegistryRow row{static_cast<int>(from.number), 0, "", {}};
    std::vector<RegistryReading::Note> faults;
    bool has_more = from.is_longer, says_something = false;
    for (std::size_t i = 0; i < from.cells.size(); ++i) {
      const std::string_view text = Trimmed(from.cells[i]);
      if (i >= columns_.size()) has_more = has_more || !text.empty();
      if (i >= columns_.size() || columns_[i].empty() || text.empty()) continue;
      says_something = true;
      const std::string fault = CellFault(text);
      if (!fault.empty()) faults.push_back({row.number, std::string(columns_[i]), "", fault});
      const int column = static_cast<int>(i) + 1;
      if (columns_[i] != "job") {
        row.cells.push_back({columns_[i], column, std::string(text)});
      } else {
        row.job = text;
        row.job_column = column;
      }
    }
    if (has_more) faults.push_back({row.number, "", "", "it has more cells than the first row names columns; a cell with a comma in it stands in quotes"});
    if (says_something && row.job.empty()) faults.push_back({row.number, "job", "", "it names no job"});
    if (faults.empty() && says_something) return table_.rows.push_back(std::move(row));
    if (!faults.empty()) ++table_.reading.invalid;
    for (auto& fault : faults) {
      fault.job = CellFault(row.job).empty() ? row.job : "";
      AddNote(table_.reading.faults, std::move(fault));
    }
  }

  RegistryTable table_;
  std::vector<std::string_view> columns_;  // "": it is for people
  std::string header_fault_;
};

}  // namespace

Result<RegistryTable> ReadRegistryTable(std::string_view csv) { return TableReader().Read(csv); }

void AddNote(std::vector<RegistryReading::Note>& notes, RegistryReading::Note note) {
  if (notes.size() < kMostNotes) notes.push_back(std::move(note));
}

}  // namespace batchslo
