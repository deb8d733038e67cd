#pragma once

#include <string_view>

#ifndef BATCHSLO_VERSION
#error "BATCHSLO_VERSION comes from the VERSION file, by CMake"
#endif
#ifndef BATCHSLO_REVISION
#define BATCHSLO_REVISION "unknown"
#endif

namespace batchslo {

inline constexpr std::string_view kVersion = BATCHSLO_VERSION;
inline constexpr std::string_view kRevision = BATCHSLO_REVISION;
inline constexpr std::string_view kCompiler = "gcc " __VERSION__;

}  // namespace batchslo
