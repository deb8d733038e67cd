#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "exporter/config/config.h"
#include "exporter/sources/registry.h"

namespace batchslo {

inline ConfigResult Parse(std::string_view text) {
  static const std::vector<SourceSpec> kKinds = SourceSpecs();
  return ParseConfig(std::string(text), "config.yml", kKinds);
}

// The configuration of a text that has no fault.
inline Config Good(std::string_view text) {
  ConfigResult result = Parse(text);
  EXPECT_EQ(result.Faults(), "");
  return result.config ? *std::move(result.config) : Config{};
}

// The only job of a text that has no fault; `sources` are there to be named.
inline const std::string kSources = R"(
sources:
  gke: {kubernetes: {}}
  push: {heartbeat: {token: {env: TOKEN}}}
  dwh: {sql: {url: "sqlite:///var/lib/dwh.db", updated_at: moved}}
)";
inline JobDef GoodJob(const std::string& block, const std::string& before = "") {
  const Config config = Good(before + kSources + "jobs:\n  a/b: " + block + "\n");
  return config.fleet.jobs.empty() ? JobDef{} : *config.fleet.jobs.front();
}

// All faults of a text as "line:column message", without help.
inline std::vector<std::string> FaultsOf(std::string_view text) {
  std::vector<std::string> lines;
  for (const Fault& fault : Parse(text).faults)
    lines.push_back(std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message);
  return lines;
}
inline std::vector<std::string> JobFaults(const std::string& block, const std::string& before = "") {
  std::vector<std::string> messages;
  for (const Fault& fault : Parse(before + kSources + "jobs:\n  a/b: " + block + "\n").faults)
    messages.push_back(fault.message);
  return messages;
}
inline std::vector<std::string> LintsOf(std::string_view text) {
  std::vector<std::string> messages;
  const ConfigResult result = Parse(text);
  EXPECT_EQ(result.Faults(), "");
  for (const Fault& lint : result.lints) messages.push_back(lint.message);
  return messages;
}

}  // namespace batchslo
