#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"

namespace batchslo {

// Who we are for Google, as a credentials file says it. All of it is secret but the e-mail address and the URLs.

struct GoogleKey {  // of a service account
  std::string email, key_id, private_key_pem, token_url;
};
struct GoogleUser {  // who logged in with gcloud
  std::string client_id, client_secret, refresh_token, token_url;
};
struct GoogleFederation {  // workload identity federation: a token of somebody else's is exchanged
  std::string audience, subject_token_type, token_url;
  std::string file, url;                                     // where that token is: one of the two
  std::vector<std::pair<std::string, std::string>> headers;  // of the request to `url`
  std::string field;                                         // of the JSON that holds it; empty: all of the text is it
};
struct GoogleMetadata {  // the server beside a VM or a pod (Workload Identity)
  std::string host;
};

struct GoogleAccount {
  std::variant<GoogleMetadata, GoogleKey, GoogleUser, GoogleFederation> who;
  std::string impersonation_url;  // empty: we act as ourselves
  std::vector<std::string> delegates;
  Duration impersonation_lifetime{hours{1}};
  std::string quota_project;
};

// Errors say what is missing, or which kind of file is not known; never what is in it.
Result<GoogleAccount> ParseGoogleAccount(std::string_view json);

}  // namespace batchslo
