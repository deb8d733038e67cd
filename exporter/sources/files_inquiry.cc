// Tested by tests/cli/check_sources_test.py.
#include "exporter/sources/files_inquiry.h"

#include <pwd.h>
#include <unistd.h>

#include "exporter/sources/files_search.h"

namespace batchslo {
namespace {

using Found = CheckRow::Found;

std::string UserName() {
  const passwd* user = getpwuid(geteuid());
  return user ? user->pw_name : std::to_string(geteuid());
}

std::string ShellText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string RemedyOf(const WalkFault& fault) {
  if (fault.path.empty()) return "";
  const std::string look = "namei -l " + ShellText(fault.path);
  if (fault.reason == "denied") return look + "    # each directory on the way wants r-x for " + UserName() + "\nsetfacl -m u:" + UserName() + ":rx " + ShellText(fault.path);
  return fault.reason == "missing" ? look + "    # is it mounted, is its name right?" : "";
}

CheckRow Search(const FilesWanted& wanted, CheckRow row, Deadline deadline) {
  row.found = Found::kFailed;
  const auto search = FilesSearch::Begin(wanted);
  if (!search) return row.message = search.Message(), row;
  const auto answer = (*search)->Wait(deadline, {});
  if (!answer) return row.message = "no end of the search in time: does the file system answer, is the path narrow enough?", row;
  if (const auto* fault = std::get_if<WalkFault>(&*answer)) {
    row.message = fault->message;
    row.remedy = RemedyOf(*fault);
    return row;
  }
  row.found = Found::kGood;
  const auto& files = std::get<FilesFound>(*answer);
  if (wanted.pattern.steps.empty()) return row;
  if (!files.updated) {
    row.found = Found::kUnknown;
    row.message = "nothing matches: it never moved; is the path right?";
    return row;
  }
  row.message = std::to_string(files.files) + (files.files == 1 ? " file" : " files") +
                (files.date.empty() ? "" : " of " + FormatDateParts(files.date)) + ", the newest of " + FormatRfc3339(std::chrono::floor<seconds>(*files.updated));
  return row;
}

}  // namespace

std::vector<CheckRow> CheckFiles(const Inquiry& inquiry) {
  const std::string& root = inquiry.config.options.String("root");
  std::vector<CheckRow> rows;
  if (inquiry.config.outputs.empty())
    rows.push_back(Search({root, {}, "", {}}, {Found::kGood, "list " + root, "all of its files", "", ""}, inquiry.deadline));
  std::size_t left = inquiry.config.outputs.size();
  for (const auto& output : inquiry.config.outputs) {
    CheckRow row{Found::kGood, "find " + output.options.String("path"), "output " + output.output + " of " + output.job, "", ""};
    rows.push_back(Search(FilesWantedOf(root, output.options, inquiry.services.clock.Now()), std::move(row), ShareOf(inquiry.deadline, left--)));
  }
  return rows;
}

}  // namespace batchslo
