// Tested by tests/wrapper/wrapper_test.cc.
#include "exporter/wrapper/arguments.h"

#include <algorithm>

#include "exporter/wrapper/http.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostRunId = 200;  // what the exporter takes

struct Flag {
  std::string_view name;
  std::string Arguments::*value;
};
constexpr Flag kFlags[] = {{"--job", &Arguments::job},
                           {"--url", &Arguments::url},
                           {"--token-file", &Arguments::token_file},
                           {"--run-id", &Arguments::run_id},
                           {"--spool-dir", &Arguments::spool_dir},
                           {"--ca-file", &Arguments::ca_file}};

bool TakeSwitch(std::string_view word, Arguments& out) {
  if (word == "--quiet") {
    out.warnings = Arguments::Warnings::kHidden;
  } else if (word == "--flush") {
    out.action = Arguments::Action::kFlush;
  } else if (word == "--version") {
    out.action = Arguments::Action::kVersion;
  } else if (word == "--help" || word == "-h") {
    out.action = Arguments::Action::kHelp;
  } else {
    return false;
  }
  return true;
}

// Reads flags until the command begins.
std::string TakeFlags(const std::vector<std::string>& words, Arguments& out) {
  std::size_t at = 0;
  for (; at < words.size() && words[at].starts_with('-') && words[at] != "--"; ++at) {
    const std::string name = words[at].substr(0, words[at].find('='));
    if (TakeSwitch(words[at], out)) continue;
    if (name == "--token") return "--token would show the token to everybody in ps; use BATCHSLO_TOKEN or --token-file";
    const auto flag = std::find_if(std::begin(kFlags), std::end(kFlags), [&](const Flag& f) { return f.name == name; });
    if (flag == std::end(kFlags)) return "unknown flag \"" + words[at] + "\"; --help lists them, and -- ends them";
    if (name.size() < words[at].size()) {
      out.*(flag->value) = words[at].substr(name.size() + 1);
    } else if (++at < words.size()) {
      out.*(flag->value) = words[at];
    }
    if (at == words.size() || (out.*(flag->value)).empty()) return name + " needs a value";
  }
  if (at < words.size() && words[at] == "--") ++at;
  out.command.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return {};
}

std::string FaultIn(const Arguments& given) {
  using Action = Arguments::Action;
  if (given.action == Action::kHelp || given.action == Action::kVersion) return {};
  if (!given.url.empty() && !ParseUrl(given.url))
    return "--url must be like http://host:port or https://host/path, without a user or a query";
  if (given.action == Action::kFlush) return given.command.empty() ? "" : "--flush takes no command";
  if (given.job.empty()) return "--job is missing; usage: batchslo-run --job NAME -- COMMAND...";
  if (given.command.empty()) return "the command is missing; usage: batchslo-run --job NAME -- COMMAND...";
  const bool printable =
      std::all_of(given.run_id.begin(), given.run_id.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (given.run_id.size() > kMostRunId || !printable) return "--run-id must be at most 200 printable ASCII characters";
  return {};
}

}  // namespace

Parsed ParseArguments(const std::vector<std::string>& words, const std::function<const char*(const char*)>& getenv,
                      User user) {
  const auto environment = [&](const char* name) -> std::string {
    const char* const value = getenv(name);
    return value ? value : "";
  };
  Arguments out;
  std::string fault = TakeFlags(words, out);
  if (fault.empty()) fault = FaultIn(out);
  if (!fault.empty()) return {{}, fault};

  if (out.url.empty()) out.url = environment("BATCHSLO_URL");
  if (out.url.empty()) out.url = "http://127.0.0.1:10510";
  while (out.url.ends_with('/')) out.url.pop_back();  // in the spool one exporter has one URL
  if (out.token_file.empty()) out.token = environment("BATCHSLO_TOKEN");
  if (out.token_file.empty() && out.token.empty()) out.token_file = environment("BATCHSLO_TOKEN_FILE");
  if (out.spool_dir.empty() && user == User::kRoot) out.spool_dir = "/var/spool/batchslo";
  const std::string state = environment("XDG_STATE_HOME"), home = environment("HOME");
  if (out.spool_dir.empty() && state.starts_with('/')) out.spool_dir = state + "/batchslo";
  if (out.spool_dir.empty() && home.starts_with('/')) out.spool_dir = home + "/.local/state/batchslo";
  return {out, {}};
}

const char* const kHelp =
    R"(usage: batchslo-run --job NAME [FLAGS] -- COMMAND [ARGUMENT...]
       batchslo-run --flush [FLAGS]

Runs COMMAND and tells batchslo_exporter when it starts and how it ends. Streams,
signals and the exit code pass untouched. An exporter that is away costs the job
at most a second: what can't be told is spooled and told later.

  --job NAME         the job's name in the exporter's configuration
  --url URL          of the exporter [$BATCHSLO_URL, else http://127.0.0.1:10510]
  --token-file FILE  holds the token [$BATCHSLO_TOKEN_FILE]; $BATCHSLO_TOKEN may
                     hold the token itself. There is no --token: everybody on the
                     machine can read a command line.
  --run-id ID        names this run [random]
  --spool-dir DIR    for what can't be told yet [root: /var/spool/batchslo,
                     others: ${XDG_STATE_HOME:-~/.local/state}/batchslo]
  --ca-file FILE     trust these CA certificates (PEM) instead of the system's
  --quiet            no warnings
  --flush            tell what is spooled, then exit: 0 when nothing is left, else 1
  --version, --help

The command sees BATCHSLO_JOB and BATCHSLO_RUN_ID, but not BATCHSLO_TOKEN.
Exit code: the command's; 125 bad usage, 126 it can't be executed, 127 not found.
)";

}  // namespace batchslo
