// Tested by tests/wrapper/wrapper_test.cc.
#include "exporter/wrapper/event.h"

#include "exporter/wrapper/text.h"

namespace batchslo {

std::string RenderBody(const Event& event) {
  static constexpr const char* kNames[] = {"start", "success", "failure"};
  std::string out = std::string("{\"status\":\"") + kNames[static_cast<int>(event.status)] +
                    "\",\"run_id\":" + JsonQuote(event.run_id) + ",\"at\":\"" + FormatTime(event.at) + "\"";
  if (event.exit_code) out += ",\"exit_code\":" + std::to_string(*event.exit_code);
  if (!event.message.empty()) out += ",\"message\":" + JsonQuote(event.message);
  return out + "}";
}

}  // namespace batchslo
