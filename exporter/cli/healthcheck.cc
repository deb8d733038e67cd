// Tested by tests/daemon/healthcheck_test.py.
#include <CLI/CLI.hpp>
#include <iostream>

#include "exporter/cli/command.h"
#include "exporter/cli/daemon_address.h"
#include "exporter/core/time.h"

namespace batchslo {
namespace {

struct HealthcheckOptions {
  DaemonAddress address;
  std::string timeout = "3s";
};

// Past no proxy: it is for the daemon beside it, whatever the environment says.
Result<void> Ask(const DaemonAddress& address, Duration timeout) {
  auto request = RequestFor(address, "/-/healthy");
  if (!request) return request.GetError();
  request->is_direct = true;
  const auto reply = MakeHttpClient("batchslo_exporter healthcheck")->Send(*request, std::chrono::steady_clock::now() + timeout);
  if (!reply) return Error{reply.Message()};
  if (reply->status == 401) return Error{request->url + " wants a user; --http.config.file says which"};
  if (reply->status != 200) return Error{request->url + " answers " + std::to_string(reply->status)};
  return {};
}

// 0 and 1 only: what runs it, as Docker does, keeps the others for itself.
int Healthcheck(const HealthcheckOptions& options, std::ostream& out, std::ostream& err) {
  const auto timeout = ParseDuration(options.timeout);
  if (!timeout || *timeout <= Duration{0}) return err << "healthcheck: --timeout wants a duration like 3s, not \"" << options.timeout << "\"\n", 1;
  const auto healthy = Ask(options.address, *timeout);
  if (!healthy) return err << "healthcheck: " << healthy.Message() << "\n", 1;
  out << "healthy\n";
  return 0;
}

}  // namespace

void AddHealthcheck(CLI::App& root, Action& action) {
  auto* command = root.add_subcommand("healthcheck", "Ask a daemon whether it is healthy, as for HEALTHCHECK; exit 0 it is, 1 not");
  auto options = std::make_shared<HealthcheckOptions>();
  AddDaemonAddress(*command, options->address);
  command->add_option("--timeout", options->timeout, "How long to wait for it (default: 3s)")->option_text("DURATION");
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Healthcheck(*options, out, err); };
  });
}

}  // namespace batchslo
