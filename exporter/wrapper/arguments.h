#pragma once

#include <functional>
#include <string>
#include <vector>

namespace batchslo {

// What the command line and the environment ask for.
struct Arguments {
  enum class Action { kRun, kFlush, kHelp, kVersion } action = Action::kRun;
  std::string job;
  std::string url;
  std::string token, token_file;  // the token itself, or else the file it is in; both empty: there is none
  std::string run_id;
  std::string spool_dir;  // empty: no place is known
  std::string ca_file;
  enum class Warnings { kShown, kHidden } warnings = Warnings::kShown;
  std::vector<std::string> command;
};

struct Parsed {
  Arguments arguments;
  std::string fault;  // empty: none
};

// `words` without argv[0]. `getenv` gives null for what is not set. Words after the first that is no flag are the
// job's. run_id stays empty unless given. A bad BATCHSLO_URL is no fault here: it must not stop the job.
enum class User { kRoot, kOther };
Parsed ParseArguments(const std::vector<std::string>& words, const std::function<const char*(const char*)>& getenv,
                      User user);

extern const char* const kHelp;

}  // namespace batchslo
