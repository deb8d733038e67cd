// Tested by tests/config/web_config_test.cc and tests/config/http_config_test.cc.
#include "exporter/config/named_file.h"

namespace batchslo {

std::string ReadNamedFile(const Block& block, std::string_view key, const std::filesystem::path& folder, const FileReader& read, FaultList& faults) {
  if (!block.Has(key)) return "";
  if (block.options.String(key).find('\n') != std::string::npos) {
    faults.AddSecret(*block.At(key), "\"" + std::string(key) + "\" is the path of a file, not what is in it", "");
    return "";
  }
  const std::string path = (folder / block.options.String(key)).string();
  const auto text = read(path);
  if (text && !text->empty()) return *text;
  faults.Add(*block.At(key), "the file " + path + (text ? " is empty" : " can't be read: " + text.Message()), text ? "" : "does it exist, and may this user read it?");
  return "";
}

}  // namespace batchslo
