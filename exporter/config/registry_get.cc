// Tested by tests/config/registry_get_test.cc.
#include "exporter/config/registry_get.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "exporter/config/csv.h"
#include "exporter/net/base64.h"
#include "exporter/net/follow.h"
#include "exporter/net/google_auth.h"
#include "exporter/net/google_sheet.h"
#include "exporter/net/regular_file.h"
#include "exporter/net/secret.h"

namespace batchslo {
namespace {

using Got = Result<std::optional<std::string>>;

// A server that wants us to sign in often answers with a page, and 200.
bool IsPage(const HttpReply& reply) {
  const std::string_view body = reply.body, type = reply.Header("content-type");
  const std::size_t first = body.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return type.starts_with("text/html") || (first != std::string_view::npos && body[first] == '<');
}

std::string Advice(long status) {
  if (status == 401 || status == 403) return "; may whoever has the address read it? Else bearer_token, or username and password, say who we are";
  return status == 404 || status == 410 ? "; is the address right?" : "";
}

// Asks an address for a CSV.
class CsvUrl {
 public:
  CsvUrl(const Options& options, HttpClient& http) : options_(options), http_(http), hosts_(options.Strings("redirect_hosts")) {
    const std::string_view rest = std::string_view(Url()).substr(Url().find("://") + 3);
    if (hosts_.empty() && rest.starts_with("docs.google.com/")) hosts_.emplace_back("*.googleusercontent.com");
  }

  Got Get(Deadline deadline, const std::stop_token& stop) {
    HttpRequest request;
    request.url = Url();
    request.max_body_bytes = kMostCsvBytes;
    request.headers.emplace_back("Accept", "text/csv, text/plain;q=0.9, */*;q=0.1");
    const auto signed_in = Sign(request);
    if (!signed_in) return signed_in.GetError();
    const Validators held = std::exchange(held_, {});  // not offered again to who fails: what one server says of itself another may refuse
    auto followed = SendFollowing(http_, std::move(request), held, hosts_, deadline, stop);
    if (!followed) return followed.GetError();
    HttpReply& reply = followed->reply;
    const std::string host = HostOf(followed->url);
    if (reply.status == 304 && !held.url.empty()) return held_ = held, std::optional<std::string>();
    if (reply.status != 200) return Error{host + " answers " + std::to_string(reply.status) + Advice(reply.status)};
    if (IsPage(reply)) return Error{host + " answers with a page and no CSV; is it one to sign in? Then share the table with all who have its address, or use bearer_token, username or sheets"};
    held_ = ValidatorsOf(*followed);
    return std::optional(std::move(reply.body));
  }

 private:
  const std::string& Url() const { return options_.String("url"); }

  // Read each time: they may be rotated.
  Result<void> Sign(HttpRequest& request) const {
    const SecretRef* const token = options_.Secret("bearer_token");
    const SecretRef* const password = options_.Secret("password");
    if (!token && !password) return {};
    auto secret = ReadSecret(token ? *token : *password);
    if (!secret) return secret.GetError();
    request.headers.emplace_back("Authorization", token ? "Bearer " + *secret : "Basic " + Base64(options_.String("username") + ":" + *secret));
    return {};
  }

  const Options options_;
  HttpClient& http_;
  std::vector<std::string> hosts_;
  Validators held_;
};

// Asks Google's API for the cells.
class Spreadsheet {
 public:
  Spreadsheet(const Options& options, HttpClient& http, Clock& clock)
      : options_(options), http_(http), credentials_(CredentialsOf(options), std::string(kSheetsScope), http, clock) {}

  Got Get(Deadline deadline, const std::stop_token& stop) {
    auto reply = Send(deadline, stop);
    if (!reply) return reply.GetError();
    const auto rows = ParseSheet(*reply, credentials_.Email());
    if (!rows) return rows.GetError();
    return std::optional(WriteCsv(*rows));
  }

 private:
  static std::optional<SecretRef> CredentialsOf(const Options& options) {
    const SecretRef* const file = options.Secret("credentials");
    return file ? std::optional(*file) : std::nullopt;
  }

  // With a token that was good a moment ago, and a fresh one if the server does not think so.
  Result<HttpReply> Send(Deadline deadline, const std::stop_token& stop) {
    for (bool may_renew = true;; may_renew = false) {
      HttpRequest request = AskForSheet(options_.String("endpoint"), options_.String("spreadsheet"), options_.String("range"));
      request.max_body_bytes = kMostCsvBytes;
      const auto signed_in = credentials_.Sign(request, deadline, stop);
      if (!signed_in) return signed_in.GetError();
      auto reply = http_.Send(request, deadline, stop);
      if (!reply || reply->status != 401) return reply;
      credentials_.Refuse();
      if (!may_renew) return reply;
    }
  }

  const Options options_;
  HttpClient& http_;
  GoogleCredentials credentials_;
};

}  // namespace

bool IsOfThisMachine(const RegistryDef& registry) { return registry.options.Has("file"); }

Result<std::string> ReadRegistryFile(const RegistryDef& registry) {
  const std::string& path = registry.options.String("file");
  auto text = ReadRegularFile(path, kMostCsvBytes);
  if (!text) return Error{"the file " + path + " can't be read: " + text.Message() + "; is it there, and may this user read it?"};
  if (text->size() > kMostCsvBytes) return Error{"the file " + path + " is larger than 16 MiB"};
  return text;
}

GetRegistry MakeRegistryGetter(const RegistryDef& registry, HttpClient& http, Clock& clock) {
  if (IsOfThisMachine(registry)) {
    return [registry](Deadline, const std::stop_token&) -> Got {
      auto text = ReadRegistryFile(registry);
      return text ? Got(std::optional(std::move(text).Value())) : text.GetError();
    };
  }
  if (registry.kind == "csv") return [url = std::make_shared<CsvUrl>(registry.options, http)](Deadline deadline, const std::stop_token& stop) { return url->Get(deadline, stop); };
  return [sheet = std::make_shared<Spreadsheet>(registry.options, http, clock)](Deadline deadline, const std::stop_token& stop) { return sheet->Get(deadline, stop); };
}

Result<RegistryTable> LookAtRegistry(const RegistryDef& registry, HttpClient& http, Clock& clock, Deadline deadline) {
  const auto text = MakeRegistryGetter(registry, http, clock)(deadline, {});
  if (!text) return text.GetError();
  return ReadRegistryTable(text->value_or(""));
}

}  // namespace batchslo
