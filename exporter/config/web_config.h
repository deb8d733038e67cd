#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/fault.h"
#include "exporter/config/named_file.h"
#include "exporter/core/web_access.h"

namespace batchslo {

struct WebConfigResult {
  std::optional<WebAccess> access;  // none: there are faults
  std::vector<Fault> faults;        // all of them, by line
  std::string file, text;

  std::string Faults() const { return RenderFaults(faults, FaultKind::kError, file, text); }
};

// Reads a web configuration, in the format of Prometheus' exporter-toolkit. What this front does not have (inline
// certificates, HTTP/2, rate limits, TLS below 1.2) is a fault. Paths in it are relative to `file`; `read` is asked for
// them. No line that may hold a hash is shown.
WebConfigResult ParseWebConfig(std::string_view text, const std::string& file, const FileReader& read);

// The same from a file; what keeps it from being read is a fault.
WebConfigResult ReadWebConfig(const std::string& path);

}  // namespace batchslo
