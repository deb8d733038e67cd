// Tested by tests/sources/files_test.cc.
#include "exporter/sources/files_search.h"

#include <system_error>
#include <thread>

namespace batchslo {

FilesWanted FilesWantedOf(const std::string& root, const Options& output, TimePoint now) {
  const std::string& name = output.String("timezone");
  const auto zone = Zone::Find(name.empty() ? "UTC" : name);
  return {root, ParseFilePattern(output.String("path")).Value(), output.String("success_marker"), DatePartsOf(now, zone ? *zone : Zone{})};
}

Result<std::shared_ptr<FilesSearch>> FilesSearch::Begin(FilesWanted wanted) {
  auto search = std::make_shared<FilesSearch>();
  try {
    std::thread([search, wanted = std::move(wanted)] {
      search->Finish(WalkFiles(wanted, search->given_up_));
    }).detach();
  } catch (const std::system_error& error) {
    return Error{"no thread can be had to look with: " + std::string(error.what())};
  }
  return search;
}

std::optional<FilesAnswer> FilesSearch::Wait(Deadline deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, stop, deadline, [&] { return answer_.has_value(); })) given_up_ = true;
  return answer_;
}

bool FilesSearch::HasEnded() {
  const std::lock_guard lock(mutex_);
  return answer_.has_value();
}

void FilesSearch::Finish(FilesAnswer answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
  changed_.notify_all();
}

}  // namespace batchslo
