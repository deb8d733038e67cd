#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "exporter/wrapper/arguments.h"
#include "exporter/wrapper/attempt.h"
#include "exporter/wrapper/flush.h"
#include "exporter/wrapper/job.h"
#include "exporter/wrapper/process.h"
#include "exporter/wrapper/relay.h"
#include "exporter/wrapper/reporter.h"
#include "exporter/wrapper/target.h"
#include "exporter/wrapper/text.h"

namespace batchslo {
namespace {

constexpr int kBadUsage = 125, kCannotExecute = 126, kNotFound = 127;

void Say(const std::string& text) {
  const std::string line = "batchslo-run: " + text + "\n";
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nobody is left to hear it
}

void Warn(const Arguments& arguments, const std::string& text) {
  if (arguments.warnings == Arguments::Warnings::kShown) Say(text);
}

// The courier leaves the working directory.
void MakeAbsolute(std::string& path) {
  std::error_code fault;
  if (!path.empty()) path = std::filesystem::absolute(path, fault).string();
}

int FlushSpool(const Arguments& arguments) {
  Target target;
  std::string fault;
  if (!ReadTarget(arguments, target, fault)) {
    Warn(arguments, fault);
    return 1;
  }
  const auto send = [&](const SpoolEntry& entry) {
    const auto deadline = std::chrono::steady_clock::now() + kAttemptLimit;
    Attempt attempt(target, entry.job, entry.body, deadline);
    if (attempt.Ready() >= 0 && !WaitFor(attempt.Ready(), POLLIN, deadline + milliseconds(100))) {
      return Outcome{Outcome::Kind::kLater, 0, "no answer in time"};
    }
    return attempt.Result();
  };
  const FlushResult result = Flush(Spool(arguments.spool_dir), arguments.url, "", send, [] { return true; });
  if (result.left == 0) return 0;
  const std::string why = result.fault.empty() ? "in the hands of another, or for another --url" : result.fault;
  Warn(arguments, std::to_string(result.left) + " events are left in " + arguments.spool_dir + ": " + why);
  return 1;
}

int ExitCodeOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// What the exporter shows under a failed run.
std::string WithCause(std::string tail, int status) {
  if (!WIFSIGNALED(status)) return tail;
  if (!tail.empty() && !tail.ends_with('\n')) tail += '\n';
  return tail + "died of signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")\n";
}

int NeverStarted(const Arguments& arguments, Reporter& reporter, int fault) {
  const std::string text = arguments.command[0] + ": " + std::strerror(fault);
  const int code = fault == ENOENT || fault == ENOTDIR ? kNotFound : kCannotExecute;
  Say(text);
  for (const auto& warning : reporter.Finish({Now(), std::chrono::steady_clock::now(), code}, text))
    Warn(arguments, warning);
  return code;
}

int RunJob(const Arguments& arguments) {
  const Signals signals;
  Reporter reporter(arguments, Now());
  std::optional<Relay> relay = Relay::Make();
  const JobSetup setup{arguments.command, arguments.job, arguments.run_id, relay ? relay->Input() : -1};
  const Started job = StartJob(setup, signals);
  if (job.pid < 0) {
    Warn(arguments,
         "no second process can be started; the job takes the place of batchslo-run, and its end is not told");
    const int fault = Become(setup, signals);
    return NeverStarted(arguments, reporter, fault);
  }
  if (relay) relay->CloseInput();
  if (job.exec_errno != 0) return NeverStarted(arguments, reporter, job.exec_errno);

  const int channels[] = {reporter.Channel(), relay ? relay->Channel() : -1};
  LetGoOfFiles({std::min(channels[0], channels[1]), std::max(channels[0], channels[1])});
  const int status = WaitForJob(job.pid);
  const EndNote note{Now(), std::chrono::steady_clock::now(), ExitCodeOf(status)};
  const std::string tail = relay ? relay->Drain(note.exited + kDrainBudget) : "";
  for (const auto& warning : reporter.Finish(note, WithCause(tail, status))) Warn(arguments, warning);
  if (relay) Reap(relay->Process(), std::chrono::steady_clock::now() + kLastLook);
  DieLike(status);
}

int Main(const std::vector<std::string>& words) {
  auto [arguments, fault] = ParseArguments(words, std::getenv, geteuid() == 0 ? User::kRoot : User::kOther);
  if (!fault.empty()) {
    Say(fault);
    return kBadUsage;
  }
  if (arguments.run_id.empty()) arguments.run_id = NewRunId();
  for (std::string* path : {&arguments.spool_dir, &arguments.ca_file, &arguments.token_file}) MakeAbsolute(*path);
  using Action = Arguments::Action;
  if (arguments.action == Action::kRun) return RunJob(arguments);
  if (arguments.action == Action::kFlush) return FlushSpool(arguments);
  std::fputs(arguments.action == Action::kHelp ? kHelp : "batchslo-run " BATCHSLO_VERSION "\n", stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace batchslo

int main(int argc, char** argv) { return batchslo::Main({argv + std::min(argc, 1), argv + argc}); }
