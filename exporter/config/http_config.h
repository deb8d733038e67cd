#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/fault.h"
#include "exporter/config/named_file.h"
#include "exporter/net/http.h"

namespace batchslo {

// How a daemon with a web configuration is asked, and as whom.
struct HttpAccess {
  TlsOptions tls;
  std::string username, password;  // no username: nobody in particular
};

struct HttpConfigResult {
  std::optional<HttpAccess> access;  // none: there are faults
  std::vector<Fault> faults;         // all of them, by line
  std::string file, text;

  std::string Faults() const { return RenderFaults(faults, FaultKind::kError, file, text); }
};

// Reads the file that promtool and amtool call --http.config.file: `basic_auth` and `tls_config`. A secret stands in a file
// that it names; written out it is a fault. Paths in it are relative to `file`; `read` is asked for them.
HttpConfigResult ParseHttpConfig(std::string_view text, const std::string& file, const FileReader& read);

// The same from a file; what keeps it from being read is a fault.
HttpConfigResult ReadHttpConfig(const std::string& path);

}  // namespace batchslo
