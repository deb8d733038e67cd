#pragma once

#include <string>

#include "exporter/net/http.h"

namespace CLI {
class App;
class Option;
}

namespace batchslo {

// Where a running daemon is, and how it is asked.
struct DaemonAddress {
  std::string url = "http://127.0.0.1:10510", http_config_file;
};

// The options --url, which is given back, and --http.config.file.
CLI::Option* AddDaemonAddress(CLI::App& command, DaemonAddress& address);

// A request for `path`, with what the file of --http.config.file brings. The error tells the faults of that file.
Result<HttpRequest> RequestFor(const DaemonAddress& address, const std::string& path);

}  // namespace batchslo
