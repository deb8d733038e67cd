// Fuzzes exporter/config/web_config.cc, the strict YAML reader below it, and what is told of faults.
#include <cstdint>
#include <cstdlib>

#include "exporter/config/web_config.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = ParseWebConfig(text, "web.yml", [](const std::string& path) -> Result<std::string> {
    if (path.ends_with('x')) return Error{"no such file"};
    return path;
  });
  Check(result.access.has_value() == result.faults.empty());
  const std::string told = result.Faults();
  Check(told.empty() == result.faults.empty());
  for (const char c : told) Check(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  if (!result.access) return 0;
  for (const auto& [name, hash] : result.access->users) Check(!name.empty() && name.find(':') == std::string::npos && hash.starts_with("$2"));
  for (const auto& [name, value] : result.access->headers) Check(value.find_first_of("\r\n") == std::string::npos);
  if (result.access->tls) Check(!result.access->tls->certificate_pem.empty() && !result.access->tls->key_pem.empty());
  return 0;
}
