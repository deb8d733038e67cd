#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "exporter/config/block.h"
#include "exporter/core/result.h"

namespace batchslo {

// Gives what a file holds, or the reason why it can't be read.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

// What the file that `key` names holds; relative paths begin at `folder`. "": the key is not there, or a fault was added:
// the file can't be read, or is empty.
std::string ReadNamedFile(const Block& block, std::string_view key, const std::filesystem::path& folder, const FileReader& read, FaultList& faults);

}  // namespace batchslo
