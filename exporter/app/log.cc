#include "exporter/app/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <map>
#include <memory>

#include "exporter/web/escape.h"

namespace batchslo {

Result<Log> MakeLog(const std::string& level, const std::string& format) {
  static const std::map<std::string, spdlog::level::level_enum> kLevels = {
      {"debug", spdlog::level::debug}, {"info", spdlog::level::info}, {"warn", spdlog::level::warn}, {"error", spdlog::level::err}};
  const auto at = kLevels.find(level);
  if (at == kLevels.end()) return Error{"--log.level must be debug, info, warn or error"};
  if (format != "logfmt" && format != "json") return Error{"--log.format must be logfmt or json"};
  auto logger = std::make_shared<spdlog::logger>("batchslo", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(at->second);
  logger->flush_on(spdlog::level::info);
  logger->set_pattern(format == "json" ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","msg":%v})" : "ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l msg=%v", spdlog::pattern_time_type::utc);
  return Log([logger](LogLevel severity, std::string_view message) {
    static constexpr spdlog::level::level_enum kOf[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
    logger->log(kOf[static_cast<std::size_t>(severity)], "\"{}\"", EscapeLog(message));
  });
}

}  // namespace batchslo
