#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "exporter/config/block.h"
#include "exporter/config/read_file.h"

namespace batchslo {

// What the file that `key` names holds; relative paths begin at `folder`. "": the key is not there, or a fault was added:
// the file can't be read, or is empty.
std::string ReadNamedFile(const Block& block, std::string_view key, const std::filesystem::path& folder, const FileReader& read, FaultList& faults);

}  // namespace batchslo
