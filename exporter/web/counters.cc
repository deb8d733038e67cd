#include "exporter/web/counters.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace batchslo {

using prometheus::BuildCounter;
using prometheus::BuildGauge;

Counters::Counters(prometheus::Registry& registry)
    : requests_(BuildCounter().Name("batchslo_http_requests_total").Help("Requests answered, by handler and code.").Register(registry)),
      heartbeats_(BuildCounter().Name("batchslo_heartbeats_total").Help("Heartbeats answered, by result.").Register(registry)),
      info_(BuildGauge().Name("batchslo_web_info").Help("Where links to it begin: --web.external-url, else a name of this machine.").Register(registry)),
      connections_(BuildGauge().Name("batchslo_http_connections").Help("Connections that are open.").Register(registry).Add({})),
      refused_(BuildCounter().Name("batchslo_http_refused_total").Help("Connections and requests refused before a handler saw them, by reason.").Register(registry)) {
  // None so far is a fact: the first one must show as an increase.
  for (const char* result : {"stored", "refused", "unavailable"}) heartbeats_.Add({{"result", result}});
  for (const char* reason : {"head", "body", "slow", "tls", "evicted", "full"}) refused_.Add({{"reason", reason}});
}

void Counters::Request(std::string_view handler, int code) { requests_.Add({{"handler", std::string(handler)}, {"code", std::to_string(code)}}).Increment(); }
void Counters::Heartbeat(std::string_view result) { heartbeats_.Add({{"result", std::string(result)}}).Increment(); }
void Counters::Connections(int change) { connections_.Increment(change); }
void Counters::ReachedAt(const std::string& url) { info_.Add({{"external_url", url}}).Set(1); }
void Counters::Refused(std::string_view reason) { refused_.Add({{"reason", std::string(reason)}}).Increment(); }

}  // namespace batchslo
