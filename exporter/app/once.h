#pragma once

#include <iosfwd>
#include <memory>

#include "exporter/cli/command.h"

namespace batchslo {

// Loads the configuration, looks once at each registry, asks every source once, judges. Opens no port, writes nothing. A watch is asked until its
// first complete view; heartbeats can't be asked for: what the ledger of `store` knows of them is all. Messages go to
// `err`; null: the configuration or the ledger is not good, and `err` says why.
std::shared_ptr<const Snapshot> JudgeWithoutDaemon(const OnceOptions& options, std::ostream& err);

}  // namespace batchslo
