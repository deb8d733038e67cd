#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/wrapper/courier.h"

namespace batchslo {

// The wrapper's end of the courier. Never waits longer than it says.
class Reporter {
 public:
  // Starts the courier, which begins with telling the start.
  Reporter(const Arguments& arguments, Micros started);
  int Channel() const { return channel_.Get(); }

  // Gives the end to the courier and waits until it is told or spooled, at most kReportBudget after the exit. Returns
  // warnings.
  std::vector<std::string> Finish(const EndNote& note, std::string_view message);

 private:
  Fd channel_;  // none: no process could be started
  pid_t courier_ = -1;
};

}  // namespace batchslo
