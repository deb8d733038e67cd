// Tested by tests/sources/heartbeat_test.cc.
#include "exporter/sources/heartbeat_inquiry.h"

#include "exporter/net/secret.h"
#include "exporter/sources/heartbeat_parse.h"

namespace batchslo {
namespace {

using Found = CheckRow::Found;

constexpr const char* kMakeToken = "(umask 077; openssl rand -hex 16 > /etc/batchslo/token)";

CheckRow CheckToken(const SecretRef& secret) {
  CheckRow row{Found::kGood, "read the token from " + (secret.env.empty() ? secret.file : "$" + secret.env), "all heartbeats", "", ""};
  const auto token = ReadSecret(secret);
  if (token && token->size() >= kLeastTokenBytes) return row;
  row.found = Found::kFailed;
  row.message = token ? "it is shorter than " + std::to_string(kLeastTokenBytes) + " bytes (128 bits), and could be guessed" : token.Message();
  row.remedy = kMakeToken;
  return row;
}

CheckRow CheckAddress(const std::string& listen) {
  CheckRow row{Found::kGood, "listen at " + listen, "heartbeats of other machines", "", ""};
  const bool is_here = listen.starts_with("127.") || listen.starts_with("localhost:") || listen.starts_with("[::1]");
  row.message = is_here ? "only jobs of this machine reach it; --web.listen-address=:10510 opens it to others, "
                          "--web.config.file guards it"
                        : "jobs of other machines reach it; without --web.config.file their token is sent unencrypted";
  return row;
}

CheckRow CheckJobs(const SourceConfig& config) {
  CheckRow row{Found::kGood, "find jobs that may send heartbeats", "their runs", "", ""};
  const std::size_t jobs = config.runs.size();
  row.message = std::to_string(jobs) + (jobs == 1 ? " job" : " jobs");
  if (jobs > 0) return row;
  row.found = Found::kUnknown;
  row.message = "no job names this source: every heartbeat will be refused";
  row.remedy = "jobs:\n  backup: {runs: {source: " + YamlText(config.name) + "}, within: 26h}";
  return row;
}

}  // namespace

std::vector<CheckRow> CheckHeartbeat(const Inquiry& inquiry) {
  return {CheckToken(*inquiry.config.options.Secret("token")), CheckJobs(inquiry.config), CheckAddress(inquiry.listen)};
}

// Jobs push: who has not been named is refused, and nothing of it is kept.
Result<Discovery> DiscoverHeartbeat(const Inquiry& inquiry) {
  Discovery found;
  found.summary = "no jobs, for only those send heartbeats that are named here";
  found.notes = {"Name each job that will send some, and how often it must succeed:",
                 "  backup: {runs: {source: " + YamlText(inquiry.config.name) + "}, within: 26h}"};
  return found;
}

}  // namespace batchslo
