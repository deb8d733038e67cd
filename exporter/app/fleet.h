#pragma once

#include <memory>
#include <span>
#include <string>

#include "exporter/config/config.h"
#include "exporter/core/tracker.h"
#include "exporter/sources/source.h"

namespace batchslo {

// The configuration in force: that of the file; where it names no source, or there is no file, with the cluster of
// --kubeconfig, or the one that we run in.
ConfigResult LoadConfig(const std::string& file, const std::string& kubeconfig);

// What the configuration says of its jobs, as facts: written when they are not known so yet.
Report ConfiguredFacts(std::span<const std::shared_ptr<const JobDef>> jobs, TimePoint now);

// Defines discovered jobs by the configuration in force; faults of annotations go to the log, once each.
DefineJob MakeDefine(std::shared_ptr<const Config> config, const Log& log);

// What the tracker has of a source, for a source that starts.
Known KnownOf(const Tracker& tracker, const std::string& source);

// By time, as a ledger is read: what it could not take for hours comes in one report. What is said of a job counts before
// what came with it: a pause judges by what was known before.
void ApplyReport(Tracker& tracker, Report report);

// The rows of a registry whose jobs no source knows, at most 100. `jobs`: all, by name.
std::vector<RegistryReading::Row> UnknownOf(const RegistryState& registry, std::span<const std::shared_ptr<const JobState>> jobs);

// The ledger's place: --store, else the configuration's, else $STATE_DIRECTORY, /var/lib/batchslo where it can be
// written, else ~/.local/state/batchslo. Always a path.
std::string StorePath(const std::string& flag, const std::string& configured);

}  // namespace batchslo
