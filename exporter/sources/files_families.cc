// Tested by tests/sources/files_families_test.cc.
#include "exporter/sources/files_families.h"

#include <algorithm>
#include <map>

namespace batchslo {
namespace {

constexpr std::string_view kMarker = "_SUCCESS";
constexpr std::size_t kMostAlone = 3;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Turns the numbers of one path into fields of a date, or stars; what was read of the date goes from name to name.
class PatternMaker {
 public:
  std::string Make(const std::string& path) {
    for (at_ = 0; at_ < path.size();) {
      const bool begins_name = at_ == 0 || path[at_ - 1] == '/';
      if (IsDigit(path[at_])) {
        Number(path, begins_name || path[at_ - 1] == '=');
      } else if (!Plain(path[at_++])) {
        return "";
      }
    }
    return out_;
  }

 private:
  // The digits from `from` on, if they are so many and no more.
  static int Read(const std::string& path, std::size_t from, std::size_t digits, int least, int most) {
    if (from + digits > path.size()) return -1;
    int value = 0;
    for (std::size_t i = from; i < from + digits; ++i) {
      if (!IsDigit(path[i])) return -1;
      value = value * 10 + (path[i] - '0');
    }
    return value >= least && value <= most ? value : -1;
  }
  static int Field(const std::string& path, std::size_t from, int field) {
    static constexpr struct {
      std::size_t digits;
      int least, most;
    } kFields[] = {{4, 2000, 2099}, {2, 1, 12}, {2, 1, 31}, {2, 0, 23}};
    const auto& row = kFields[field];
    return Read(path, from, row.digits, row.least, row.most);
  }

  bool Plain(char c) {
    if (c == '{' || c == '}' || c == '\\' || static_cast<unsigned char>(c) < 0x20) return false;
    if (c == '*' || c == '?' || c == '[') {
      out_ += std::string("[") + c + "]";
    } else if (c == '%') {
      out_ += "%%";
    } else {
      out_ += c;
    }
    return true;
  }

  void Number(const std::string& path, bool stands_alone) {
    std::size_t end = at_;
    while (end < path.size() && IsDigit(path[end])) ++end;
    const bool ends_name = end == path.size() || path[end] == '/';
    if (Compact(path, end - at_) || Parted(path, end)) return;
    if (stands_alone && ends_name && NextField(path, end)) return;
    at_ = end;
    if (!out_.ends_with('*')) out_ += '*';
  }

  // 20260301, 2026030109, 202603; longer ones go on as a star.
  bool Compact(const std::string& path, std::size_t digits) {
    if (digits < 6 || Field(path, at_, 0) < 0 || Field(path, at_ + 4, 1) < 0) return false;
    if (digits == 6) return Put("%Y%m", 6, 2);
    if (digits < 8 || Field(path, at_ + 6, 2) < 0) return false;
    if (digits == 10 && Field(path, at_ + 8, 3) >= 0) return Put("%Y%m%d%H", 10, 4);
    return Put("%Y%m%d", 8, 3);
  }

  // 2026-03-01, 2026_03_01, 2026.03, 2026-03-01T09
  bool Parted(const std::string& path, std::size_t end) {
    if (end - at_ != 4 || Field(path, at_, 0) < 0 || end >= path.size()) return false;
    const char mark = path[end];
    const auto follows = [&](std::size_t at, int field) {
      return at < path.size() && Field(path, at + 1, field) >= 0 && (at + 3 >= path.size() || !IsDigit(path[at + 3]));
    };
    if ((mark != '-' && mark != '_' && mark != '.') || !follows(end, 1)) return false;
    const std::string part(1, mark);
    const bool has_day = end + 3 < path.size() && path[end + 3] == mark && follows(end + 3, 2);
    if (!has_day) return Put("%Y" + part + "%m", 7, 2);
    const bool has_hour = end + 6 < path.size() && (path[end + 6] == 'T' || path[end + 6] == mark) && follows(end + 6, 3);
    if (!has_hour) return Put("%Y" + part + "%m" + part + "%d", 10, 3);
    return Put("%Y" + part + "%m" + part + "%d" + path[end + 6] + "%H", 13, 4);
  }

  // 2026/03/01, year=2026/month=03: a name is one field, and those before it were the ones that come before.
  bool NextField(const std::string& path, std::size_t end) {
    static constexpr const char* kFields[] = {"%Y", "%m", "%d", "%H"};
    if (known_ > 3 || Field(path, at_, known_) < 0 || end - at_ != (known_ == 0 ? 4u : 2u)) return false;
    const int field = known_;
    return Put(kFields[field], end - at_, field + 1);
  }

  bool Put(const std::string& fields, std::size_t digits, int known) {
    out_ += fields;
    at_ += digits;
    known_ = std::max(known_, known);
    return true;
  }

  std::string out_;
  std::size_t at_ = 0;
  int known_ = 0;  // fields of the date
};

std::string DirectoryOf(const std::string& pattern) { return pattern.substr(0, pattern.rfind('/') + 1); }

std::string EndingOf(const std::string& pattern) {
  const std::size_t dot = pattern.rfind('.');
  return dot == std::string::npos || dot < DirectoryOf(pattern).size() ? "" : pattern.substr(dot);
}

bool IsGeneral(const std::string& pattern) {
  return pattern.find('*') != std::string::npos || pattern.find('%', DirectoryOf(pattern).size()) != std::string::npos;
}

}  // namespace

std::string PatternOf(const std::string& path) { return PatternMaker().Make(path); }

std::vector<FilesFamily> FamiliesOf(const std::vector<SeenFile>& files) {
  std::map<std::string, FilesFamily> families;
  std::map<std::string, std::size_t> alone;  // directory/*.ending: how many patterns it could take together
  std::map<std::string, bool> marked;
  for (const SeenFile& file : files) {
    const std::string pattern = PatternOf(file.path);
    if (pattern.empty()) continue;
    if (pattern == DirectoryOf(pattern) + std::string(kMarker)) {
      marked[DirectoryOf(pattern)] = true;
      continue;
    }
    FilesFamily& family = families[pattern];
    if (family.files == 0 && !IsGeneral(pattern)) ++alone[DirectoryOf(pattern) + "*" + EndingOf(pattern)];
    ++family.files;
    family.newest = std::max(family.newest, file.updated);
  }
  std::map<std::string, FilesFamily> joined;
  for (const auto& [pattern, family] : families) {
    const std::string together = DirectoryOf(pattern) + "*" + EndingOf(pattern);
    const bool joins = !IsGeneral(pattern) && alone[together] > kMostAlone;
    FilesFamily& into = joined[joins ? together : pattern];
    into.pattern = joins ? together : pattern;
    into.marker = marked[DirectoryOf(pattern)] ? std::string(kMarker) : "";
    into.files += family.files;
    into.newest = std::max(into.newest, family.newest);
  }
  std::vector<FilesFamily> list;
  for (auto& [pattern, family] : joined) list.push_back(std::move(family));
  return list;
}

std::string JobNameOf(const std::string& pattern) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '%') ++i;
    if (c == '%' || c == '*' || c == '?' || c == '[' || c == ']') continue;
    const bool is_mark = c == '/' || c == '-' || c == '_' || c == '.' || c == '=';
    if (is_mark && (name.empty() || name.back() == '/')) continue;
    while (c == '/' && !name.empty() && std::string_view("-_.=").find(name.back()) != std::string_view::npos) name.pop_back();
    name += c;
  }
  const std::size_t dot = name.rfind('.');
  const std::size_t slash = name.rfind('/');
  if (dot != std::string::npos && (slash == std::string::npos || dot > slash)) name.resize(dot);
  while (!name.empty() && std::string_view("/-_.=").find(name.back()) != std::string_view::npos) name.pop_back();
  return name.empty() ? "files" : name;
}

}  // namespace batchslo
