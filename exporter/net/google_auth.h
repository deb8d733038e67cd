#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "exporter/core/clock.h"
#include "exporter/core/option.h"
#include "exporter/net/google_account.h"
#include "exporter/net/google_token.h"
#include "exporter/net/http.h"

namespace batchslo {

// Puts our token on requests to one of Google's APIs. Who we are stands in `file`, else, as gcloud and Google's own
// libraries look for it, in $GOOGLE_APPLICATION_CREDENTIALS, in gcloud's file of the user, and at last the metadata
// server says it ($GCE_METADATA_HOST). A token is renewed before it ends; what says who we are is read anew then, and
// after Refuse(). Safe from any thread; two that find the token old may both renew it.
class GoogleCredentials {
 public:
  GoogleCredentials(std::optional<SecretRef> file, std::string scope, HttpClient& http, Clock& clock)
      : file_(std::move(file)), scope_(std::move(scope)), http_(http), clock_(clock) {}

  Result<void> Sign(HttpRequest& request, Deadline deadline, const std::stop_token& stop = {});
  std::string Email() const;  // of the service account that we act as; "": it is not known, or none
  void Refuse();  // the server said 401: what is cached is no good

 private:
  struct Held {
    std::string token, quota_project;
    SteadyPoint renew, ends;
  };
  Result<Held> Fetch(Deadline deadline, const std::stop_token& stop);
  Result<GoogleAccount> Account() const;
  Result<GoogleToken> Ask(const GoogleAccount& account, Deadline deadline, const std::stop_token& stop);
  Result<std::string> Subject(const GoogleFederation& federation, Deadline deadline, const std::stop_token& stop);
  Result<GoogleToken> Exchange(const GoogleAccount& account, const HttpRequest& request, Deadline deadline,
                               const std::stop_token& stop);
  Result<HttpReply> Send(const HttpRequest& request, Deadline deadline, const std::stop_token& stop);

  const std::optional<SecretRef> file_;
  const std::string scope_;
  HttpClient& http_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<Held> held_;  // guarded by mutex_
};

}  // namespace batchslo
