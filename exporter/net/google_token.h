#pragma once

#include <string>
#include <string_view>

#include "exporter/net/google_account.h"
#include "exporter/net/http.h"

namespace batchslo {

// What is asked of Google's token servers, and what they answer. Pure.

struct GoogleToken {
  std::string token;
  Duration lifetime{0};
};

Result<HttpRequest> AskForKey(const GoogleKey& key, std::string_view scope, TimePoint now);
HttpRequest AskForUser(const GoogleUser& user);
HttpRequest AskMetadata(const GoogleMetadata& metadata, std::string_view scope);
// First the other cloud's token, where it comes by a URL, then ours in exchange for it.
HttpRequest AskForSubject(const GoogleFederation& federation);
Result<std::string> ParseSubject(const GoogleFederation& federation, const std::string& text);
HttpRequest AskInExchange(const GoogleFederation& federation, std::string_view scope, const std::string& subject);
// As `account.impersonation_url` says, by a token of our own.
HttpRequest AskToImpersonate(const GoogleAccount& account, std::string_view scope, const std::string& token);

// An Error tells a person what to do; a text of the server's stands in it only if it repeats nothing that was sent.
Result<GoogleToken> ParseGoogleToken(const GoogleAccount& account, const HttpRequest& request, const HttpReply& reply,
                                     TimePoint now);

// Whether the same question may have another answer in a second.
bool IsPassing(long status);

}  // namespace batchslo
