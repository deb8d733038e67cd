// Tested by tests/config/csv_test.cc.
#include "exporter/config/csv.h"

#include <algorithm>

namespace batchslo {
namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";

bool IsEnd(char c) { return c == '\n' || c == '\r'; }

// What stands most often in the first row that is not empty, outside of quotes; a comma where nothing does.
char SeparatorOf(std::string_view text) {
  constexpr std::string_view kSeparators = ",;\t";
  std::size_t counts[kSeparators.size()] = {};
  bool is_quoted = false, has_some = false;
  for (const char c : text) {
    if (c == '"') is_quoted = !is_quoted;
    if (IsEnd(c) && !is_quoted && has_some) break;
    has_some = has_some || !IsEnd(c);
    const std::size_t at = kSeparators.find(c);
    if (at != std::string_view::npos && !is_quoted) ++counts[at];
  }
  return kSeparators[static_cast<std::size_t>(std::max_element(std::begin(counts), std::end(counts)) - std::begin(counts))];
}

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text), separator_(SeparatorOf(text)) {}

  bool AtEnd() const { return at_ >= text_.size(); }

  // The next row, whatever it says.
  Result<void> Next(CsvRow& row) {
    row.cells.clear();
    row.is_longer = false;
    ++row.number;
    for (std::size_t column = 0;; ++column) {
      auto cell = Peek() == '"' ? Quoted(row.number) : Result<std::string>(Plain());
      if (!cell) return cell.GetError();
      if (column < kMostCsvCells) {
        row.cells.push_back(std::move(cell).Value());
      } else {
        row.is_longer = row.is_longer || !cell->empty();
      }
      if (AtEnd() || text_[at_] != separator_) break;
      ++at_;
    }
    TakeLineEnd();
    return {};
  }

 private:
  char Peek() const { return AtEnd() ? '\n' : text_[at_]; }

  std::string Plain() {
    const std::size_t from = at_;
    while (!AtEnd() && text_[at_] != separator_ && !IsEnd(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  Result<std::string> Quoted(std::size_t row) {
    std::string cell;
    for (++at_; !AtEnd(); ++at_) {
      if (text_[at_] != '"') {
        cell += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell += text_[++at_];
      } else {
        ++at_;
        if (AtEnd() || text_[at_] == separator_ || IsEnd(text_[at_])) return cell;
        return Error{"row " + std::to_string(row) + ": something stands between the end of a quote and the next cell; a quote within quotes is written twice"};
      }
    }
    return Error{"row " + std::to_string(row) + ": a quote begins here and does not end"};
  }

  void TakeLineEnd() {
    if (Peek() == '\r') ++at_;
    if (!AtEnd() && text_[at_] == '\n') ++at_;
  }

  const std::string_view text_;
  const char separator_;
  std::size_t at_ = 0;
};

bool SaysSomething(const CsvRow& row) {
  return row.is_longer || std::any_of(row.cells.begin(), row.cells.end(), [](const std::string& cell) { return cell.find_first_not_of(" \t\r\n") != std::string::npos; });
}

}  // namespace

Result<void> ReadCsv(std::string_view text, const std::function<void(CsvRow&)>& visit) {
  if (text.size() > kMostCsvBytes) return Error{"it is larger than 16 MiB"};
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  if (text.find('\0') != std::string_view::npos) return Error{"it has NUL bytes, and so is no CSV in UTF-8"};
  CsvReader reader(text);
  CsvRow row;
  while (!reader.AtEnd()) {
    if (row.number == kMostCsvRows) return Error{"it has more than 10,000 rows"};
    const auto read = reader.Next(row);
    if (!read) return read;
    if (SaysSomething(row)) visit(row);
  }
  return {};
}

std::string WriteCsv(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (const std::string& cell : row) {
      if (&cell != &row.front()) text += ',';
      text += '"';
      for (const char c : cell) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    text += '\n';
  }
  return text;
}

}  // namespace batchslo
