#include "exporter/web/build_info.h"

#ifndef BATCHSLO_VERSION
#error "BATCHSLO_VERSION comes from the VERSION file, by CMake"
#endif

namespace batchslo {

const std::string_view kVersion = BATCHSLO_VERSION, kRevision = BATCHSLO_REVISION, kCompiler = "gcc " __VERSION__;

}  // namespace batchslo
