#pragma once

#include "exporter/sources/source.h"
#include "tests/fakes/fake_http.h"

namespace batchslo {

// The services of a source that wants none but its options.
class NoServices {
 public:
  SourceServices Get(Known known = {}) {
    return {http_, clock_, [](LogLevel, std::string_view) {}, [](Report) -> Result<void> { return Error{"none"}; }, [known] { return known; },
            [](const std::string&, const std::string&) -> Result<KubeAccess> { return Error{"none"}; }};
  }

 private:
  FakeClock clock_{TimePoint{}};
  FakeHttp http_{clock_};
};

}  // namespace batchslo
