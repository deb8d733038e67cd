// The lines about ourselves and our sources. Tested by tests/web/exposition_test.cc.
#include <algorithm>
#include <array>

#include "exporter/web/build_info.h"
#include "exporter/web/families.h"
#include "exporter/web/put.h"

namespace batchslo {
namespace {


double Bit(bool one) { return one ? 1 : 0; }

// One sample a source, where it has a value.
template <class Value>
void EachSource(const SelfView& view, Writer& out, Value value) {
  for (const SourceState& source : view.snapshot.sources) {
    const std::optional<double> sample = value(source);
    if (sample) out.Sample({{"source", source.name}}, *sample);
  }
}

void LastPollSuccess(const SelfView& view, Writer& out) {
  for (const SourceState& source : view.snapshot.sources) {
    if (source.last_success) out.Sample({{"source", source.name}}, *source.last_success);
  }
}

// One sample a registry, where it has a value.
template <class Value>
void EachRegistry(const SelfView& view, Writer& out, Value value) {
  for (const RegistryState& registry : view.snapshot.registries) {
    const auto sample = value(registry);
    if (sample) out.Sample({{"registry", registry.name}}, *sample);
  }
}

template <std::uint64_t RegistryReading::*figure>
std::optional<double> Rows(const RegistryState& registry) {
  if (!registry.reading) return std::nullopt;
  return static_cast<double>((*registry.reading).*figure);
}

void Jobs(const SelfView& view, Writer& out) {
  for (const auto& [of, count] : view.columns.jobs_from) {
    out.Sample({{"source", of.first}, {"objective_from", ObjectiveFromName(of.second)}}, static_cast<double>(count));
  }
}

// "0.005", "1.0": written alike in both formats, so that a bucket is one series however it was scraped.
std::string Bound(double bound) {
  char text[40];
  const std::string digits(text, PutDouble(text, bound));
  return digits.find('.') == std::string::npos ? digits + ".0" : digits;
}

// A watch is never polled: it has no durations.
void PollDuration(const SelfView& view, Writer& out) {
  for (const SourceState& source : view.snapshot.sources) {
    if (source.poll_seconds_buckets.size() != std::size(kPollBuckets)) continue;
    for (std::size_t i = 0; i < std::size(kPollBuckets); ++i) {
      const std::string bound = Bound(kPollBuckets[i]);
      out.Sample({{"source", source.name}, {"le", bound}}, source.poll_seconds_buckets[i], "_bucket");
    }
    const auto count = static_cast<double>(source.polls);
    out.Sample({{"source", source.name}, {"le", "+Inf"}}, count, "_bucket");
    out.Sample({{"source", source.name}}, source.poll_seconds_sum, "_sum");
    out.Sample({{"source", source.name}}, count, "_count");
  }
}

void PollFailures(const SelfView& view, Writer& out) {
  for (const SourceState& source : view.snapshot.sources) {
    for (const auto& [reason, count] : source.failures) out.Sample({{"source", source.name}, {"reason", reason}}, static_cast<double>(count));
  }
}

std::optional<double> Polls(const SourceState& source) {
  if (source.poll_seconds_buckets.empty()) return std::nullopt;
  return static_cast<double>(source.polls);
}

double DarkScopes(const SourceState& source) {
  return static_cast<double>(std::count_if(source.scopes.begin(), source.scopes.end(), [](const auto& scope) { return !scope.up; }));
}

template <double ProcessFigures::*figure>
void Process(const SelfView& view, Writer& out) {
  if (view.process) out.Sample({}, (*view.process).*figure);
}

template <std::uint64_t StoreState::*figure>
void Store(const SelfView& view, Writer& out) {
  out.Sample({}, static_cast<double>(view.snapshot.store.*figure));
}

constexpr std::array kSelfFamilies = {
    SelfFamily{{"batchslo_source_up", "1 if the source could be asked of late.", "gauge", ""},
               [](const SelfView& v, Writer& out) { EachSource(v, out, [](const SourceState& s) { return std::optional(Bit(s.up)); }); }},
    SelfFamily{{"batchslo_source_complete", "1 if all of its scopes could be asked.", "gauge", ""},
               [](const SelfView& v, Writer& out) { EachSource(v, out, [](const SourceState& s) { return std::optional(Bit(s.complete)); }); }},
    SelfFamily{{"batchslo_source_last_poll_success_timestamp_seconds", "When it last answered; of a watch, its newest view.", "gauge", "seconds"}, LastPollSuccess},
    SelfFamily{{"batchslo_source_poll_duration_seconds", "How long its polls took.", "histogram", "seconds"}, PollDuration},
    SelfFamily{{"batchslo_source_polls_total", "How often it was polled.", "counter", ""}, [](const SelfView& v, Writer& out) { EachSource(v, out, Polls); }},
    SelfFamily{{"batchslo_source_poll_failures_total", "How often that failed, by reason.", "counter", ""}, PollFailures},
    SelfFamily{{"batchslo_source_clock_skew_seconds", "How far its clock is ahead of ours; negative: behind.", "gauge", "seconds"},
               [](const SelfView& v, Writer& out) { EachSource(v, out, [](const SourceState& s) { return s.clock_skew_seconds; }); }},
    SelfFamily{{"batchslo_source_scopes", "How many scopes of it are asked.", "gauge", ""},
               [](const SelfView& v, Writer& out) {
                 EachSource(v, out, [](const SourceState& s) { return std::optional(static_cast<double>(s.scopes.size())); });
               }},
    SelfFamily{{"batchslo_source_scopes_dark", "How many of them could not be asked.", "gauge", ""},
               [](const SelfView& v, Writer& out) { EachSource(v, out, [](const SourceState& s) { return std::optional(DarkScopes(s)); }); }},
    SelfFamily{{"batchslo_registry_up", "1 if its table could be read of late.", "gauge", ""},
               [](const SelfView& v, Writer& out) { EachRegistry(v, out, [](const RegistryState& r) { return r.up ? std::optional(Bit(*r.up)) : std::nullopt; }); }},
    SelfFamily{{"batchslo_registry_rows", "Rows of the newest good table that define a job.", "gauge", ""},
               [](const SelfView& v, Writer& out) { EachRegistry(v, out, Rows<&RegistryReading::rows>); }},
    SelfFamily{{"batchslo_registry_rows_invalid", "Rows of it that are left out for what is wrong with them.", "gauge", ""},
               [](const SelfView& v, Writer& out) { EachRegistry(v, out, Rows<&RegistryReading::invalid>); }},
    SelfFamily{{"batchslo_registry_last_success_timestamp_seconds", "When its table was last read well.", "gauge", "seconds"},
               [](const SelfView& v, Writer& out) { EachRegistry(v, out, [](const RegistryState& r) { return r.last_success; }); }},
    SelfFamily{{"batchslo_jobs", "Jobs, by the source that speaks for them (none is known where it is empty), and by who wrote their objectives.", "gauge", ""}, Jobs},
    SelfFamily{{"batchslo_evaluation_timestamp_seconds", "When the jobs were judged last.", "gauge", "seconds"},
               [](const SelfView& v, Writer& out) { out.Sample({}, v.snapshot.at); }},
    SelfFamily{{"batchslo_evaluation_duration_seconds", "How long that took.", "gauge", "seconds"},
               [](const SelfView& v, Writer& out) { out.Sample({}, v.snapshot.evaluation_seconds); }},
    SelfFamily{{"batchslo_snapshot_jobs", "How many jobs are judged.", "gauge", ""},
               [](const SelfView& v, Writer& out) { out.Sample({}, static_cast<double>(v.snapshot.jobs.size())); }},
    SelfFamily{{"batchslo_snapshot_refused_series", "Series of jobs left out because others have the same labels: names that differ only in what labels can't hold.", "gauge", ""},
               [](const SelfView& v, Writer& out) { out.Sample({}, static_cast<double>(v.columns.refused)); }},
    SelfFamily{{"batchslo_store_up", "1 if the ledger takes writes.", "gauge", ""}, [](const SelfView& v, Writer& out) { out.Sample({}, Bit(v.snapshot.store.up)); }},
    SelfFamily{{"batchslo_store_size_bytes", "How large the ledger is.", "gauge", "bytes"}, Store<&StoreState::size_bytes>},
    SelfFamily{{"batchslo_store_writes_total", "Transactions that the ledger took.", "counter", ""}, Store<&StoreState::writes>},
    SelfFamily{{"batchslo_store_write_failures_total", "Transactions that failed.", "counter", ""}, Store<&StoreState::write_failures>},
    SelfFamily{{"batchslo_config_last_reload_successful", "1 if the configuration in the file is the one in force.", "gauge", ""},
               [](const SelfView& v, Writer& out) { out.Sample({}, Bit(v.snapshot.config.last_reload_ok)); }},
    SelfFamily{{"batchslo_config_last_reload_success_timestamp_seconds", "Since when the configuration in force has been.", "gauge", "seconds"},
               [](const SelfView& v, Writer& out) { out.Sample({}, v.snapshot.config.last_reload_success); }},
    SelfFamily{{"batchslo_web_config_last_reload_successful", "1 if the web configuration in the file, with the certificates it names, is the one in force.", "gauge", ""},
               [](const SelfView& v, Writer& out) { if (const auto& web = v.snapshot.web_config) out.Sample({}, Bit(web->last_reload_ok)); }},
    SelfFamily{{"batchslo_web_config_last_reload_success_timestamp_seconds", "Since when the web configuration in force has been.", "gauge", "seconds"},
               [](const SelfView& v, Writer& out) { if (const auto& web = v.snapshot.web_config) out.Sample({}, web->last_reload_success); }},
    SelfFamily{{"batchslo_config_hash", "The configuration in force, as a number: equal on equal replicas.", "gauge", ""},
               [](const SelfView& v, Writer& out) { out.Sample({}, v.snapshot.config.hash); }},
    SelfFamily{{"batchslo_build_info", "What this is.", "gauge", ""},
               [](const SelfView&, Writer& out) { out.Sample({{"version", kVersion}, {"revision", kRevision}, {"compiler", kCompiler}}, 1); }},
    SelfFamily{{"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "counter", "seconds"}, Process<&ProcessFigures::cpu_seconds>},
    SelfFamily{{"process_resident_memory_bytes", "Resident memory size in bytes.", "gauge", "bytes"}, Process<&ProcessFigures::resident_bytes>},
    SelfFamily{{"process_virtual_memory_bytes", "Virtual memory size in bytes.", "gauge", "bytes"}, Process<&ProcessFigures::virtual_bytes>},
    SelfFamily{{"process_open_fds", "Number of open file descriptors.", "gauge", ""}, Process<&ProcessFigures::open_fds>},
    SelfFamily{{"process_max_fds", "Maximum number of open file descriptors.", "gauge", ""}, Process<&ProcessFigures::max_fds>},
    SelfFamily{{"process_start_time_seconds", "Start time of the process since unix epoch in seconds.", "gauge", "seconds"}, Process<&ProcessFigures::start_time>},
};

constexpr std::array kExtraFamilies = {
    FamilyHead{"batchslo_kubernetes_list_total", "Pages of lists asked of the API server, by result: ok, denied, expired, error (no answer, too).", "counter", ""},
    FamilyHead{"batchslo_kubernetes_watch_total", "Watches that ended, by result: ok, denied, expired, error.", "counter", ""},
    FamilyHead{"batchslo_kubernetes_relist_total", "Lists that were asked again, by reason.", "counter", ""},
    FamilyHead{"batchslo_kubernetes_watch_drift_total", "Differences that a relist found to what the watch had told; should stay 0.", "counter", ""},
    FamilyHead{"batchslo_kubernetes_objects", "CronJobs and Jobs that are followed.", "gauge", ""},
    FamilyHead{"batchslo_kubernetes_schedules_invalid", "CronJobs whose schedule or zone can't be read, or whose schedule never comes.", "gauge", ""},
    FamilyHead{"batchslo_kubernetes_zone_doubts", "CronJobs without a zone that start at other times than controller_timezone says.", "gauge", ""},
    FamilyHead{"batchslo_bigquery_queries_total", "Queries, by result: billed, cached (free), refused (too large, and so not run).", "counter", ""},
    FamilyHead{"batchslo_bigquery_billed_bytes_total", "What its queries read and were billed for; on a flat rate, for information.", "counter", "bytes"},
};

}  // namespace

std::span<const SelfFamily> SelfFamilies() { return kSelfFamilies; }
std::span<const FamilyHead> ExtraFamilies() { return kExtraFamilies; }

}  // namespace batchslo
