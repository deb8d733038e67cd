#include "exporter/sources/sql_access.h"

#include <algorithm>

#include "exporter/net/secret.h"

namespace batchslo {

Result<std::unique_ptr<Database>> OpenSqlSource(const SourceConfig& config, std::shared_ptr<std::atomic<int>> hanging,
                                                std::stop_token stop) {
  DatabaseOptions options;
  options.url = config.options.String("url");
  options.sslrootcert = config.options.String("sslrootcert");
  if (hanging) options.hanging = std::move(hanging);
  options.statement_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(config.timeout);
  options.connect_timeout = std::min(options.statement_timeout, std::chrono::milliseconds(5000));
  if (const SecretRef* password = config.options.Secret("password")) {
    auto secret = ReadSecret(*password);
    if (!secret) return secret.GetError();
    options.password = std::move(secret).Value();
  }
  return MakeDatabase(options, std::move(stop));
}

const std::string& SqlTimeColumn(const SourceConfig& config, const Options& output) {
  return output.Has("updated_at") ? output.String("updated_at") : config.options.String("updated_at");
}

std::string TextIsNoTime(const std::string& table, const std::string& column) {
  return "the column " + column + " of " + table +
         " is a text; write a query with max(STR_TO_DATE(...)) AS updated_at, or name a column that is a time";
}

}  // namespace batchslo
