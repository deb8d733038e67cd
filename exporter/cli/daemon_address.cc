// Tested by tests/daemon/healthcheck_test.py.
#include "exporter/cli/daemon_address.h"

#include <CLI/CLI.hpp>

#include "exporter/config/http_config.h"
#include "exporter/net/base64.h"

namespace batchslo {

CLI::Option* AddDaemonAddress(CLI::App& command, DaemonAddress& address) {
  auto* url = command.add_option("--url", address.url, "Where the daemon is (default: http://127.0.0.1:10510)")->option_text("URL");
  command.add_option("--http.config.file", address.http_config_file, "The user, authority or certificate that it wants, as for promtool")->option_text("FILE");
  return url;
}

Result<HttpRequest> RequestFor(const DaemonAddress& address, const std::string& path) {
  HttpRequest request;
  request.url = address.url;
  while (request.url.ends_with('/')) request.url.pop_back();
  request.url += path;
  if (address.http_config_file.empty()) return request;
  auto read = ReadHttpConfig(address.http_config_file);
  if (!read.access) return Error{"the file of --http.config.file is not good:\n" + read.Faults()};
  request.tls = std::move(read.access->tls);
  const auto& [_, username, password] = *read.access;
  if (!username.empty()) request.headers.emplace_back("Authorization", "Basic " + Base64(username + ":" + password));
  return request;
}

}  // namespace batchslo
