// Tested by tests/wrapper/delay_test.py.
#include "exporter/wrapper/reporter.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "exporter/wrapper/process.h"

namespace batchslo {

Reporter::Reporter(const Arguments& arguments, Micros started) {
  auto [mine, its] = MakeChannel();
  const pid_t pid = mine ? fork() : -1;
  if (pid == 0) {
    mine.Close();
    Detach("batchslo-tell", {its.Get()});
    Courier(arguments, started, std::move(its)).Run();
    _exit(0);
  }
  if (pid > 0) channel_ = std::move(mine);
  courier_ = pid;
}

std::vector<std::string> Reporter::Finish(const EndNote& note, std::string_view message) {
  if (!channel_) return {"no process could be started to tell the exporter of this run"};
  std::string bytes(sizeof note, '\0');
  std::memcpy(bytes.data(), &note, sizeof note);
  bytes += message;
  send(channel_.Get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  std::vector<std::string> warnings;
  while (WaitFor(channel_.Get(), POLLIN, note.exited + kReportBudget)) {
    std::string text(8192, '\0');
    const ssize_t n = recv(channel_.Get(), text.data(), text.size(), MSG_DONTWAIT);
    if (n <= 0) {
      warnings.emplace_back("the process that tells the exporter died; the end of this run is not told");
      return warnings;
    }
    if (text[0] == kGone) Reap(courier_, note.exited + kReportBudget);
    if (text[0] == kGone || text[0] == kDone) return warnings;
    warnings.push_back(text.substr(1, static_cast<std::size_t>(n) - 1));
  }
  warnings.emplace_back("neither the exporter nor the disk was fast enough; telling goes on in the background");
  return warnings;
}

}  // namespace batchslo
