// Tested by tests/cli/check_sources_test.py.
#include "exporter/app/asking.h"

#include "exporter/app/fleet.h"
#include "exporter/app/real_clock.h"
#include "exporter/config/kubeconfig.h"
#include "exporter/web/build_info.h"

namespace batchslo {

AskSources AskWithoutDaemon() {
  return {LoadConfig, [](const std::function<void(const SourceServices&)>& use) {
            RealClock clock;
            const auto http = MakeHttpClient("batchslo_exporter/" + std::string(kVersion));
            const auto quiet = [](LogLevel, std::string_view) {};
            const auto nowhere = [](const Report&) { return Result<void>(); };
            use({*http, clock, quiet, nowhere, {}, ReadKubeconfig});
          }};
}

}  // namespace batchslo
