// Fuzzes exporter/sources/kubernetes_pods.cc: whatever a server answers, a cause that names a container names its pod.
#include "exporter/sources/kubernetes_pods.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  const std::string_view body = fuzz::TextOf(data, size);
  if (const auto pods = ParseKubePods(body)) {
    const KubeCause cause = CauseOf(*pods);
    CHECK(cause.container.empty() || !cause.pod.empty());
    CHECK(!cause.previous || !cause.pod.empty());
    CHECK(cause.pod.empty() || !cause.reason.empty());
  }
  if (const auto events = ParseKubeEvents(body)) CHECK(events->text.empty() || events->text.back() == '\n');
  return 0;
}
