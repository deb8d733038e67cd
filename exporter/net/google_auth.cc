// Tested by tests/net/google_auth_test.cc.
#include "exporter/net/google_auth.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "exporter/net/secret.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;

// Metadata servers hand out the same token until less than about four minutes of it are left.
constexpr Duration kAhead = seconds{225};
// Whoever acts as another wants a token that is good for that first.
constexpr const char* kImpersonationScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr int kMostTries = 3;
constexpr milliseconds kBetweenTries{500};

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Where gcloud keeps what "gcloud auth application-default login" made; empty: there is none.
std::string UserFile() {
  std::string folder = Variable("CLOUDSDK_CONFIG");
  if (folder.empty() && !Variable("HOME").empty()) folder = Variable("HOME") + "/.config/gcloud";
  const std::string file = folder + "/application_default_credentials.json";
  std::error_code ignored;
  return !folder.empty() && std::filesystem::exists(file, ignored) ? file : "";
}

std::string NameOf(const SecretRef& secret) {
  return secret.file.empty() ? "the environment's " + secret.env : secret.file;
}

}  // namespace

Result<GoogleAccount> GoogleCredentials::Account() const {
  std::optional<SecretRef> from = file_;
  if (!from && !Variable("GOOGLE_APPLICATION_CREDENTIALS").empty())
    from = SecretRef{Variable("GOOGLE_APPLICATION_CREDENTIALS"), ""};
  if (!from && !UserFile().empty()) from = SecretRef{UserFile(), ""};
  if (!from) {
    const std::string host = Variable("GCE_METADATA_HOST");
    GoogleAccount account;
    account.who = GoogleMetadata{host.empty() ? "metadata.google.internal" : host};
    return account;
  }
  const auto text = ReadSecret(*from);
  if (!text) return text.GetError();
  auto account = ParseGoogleAccount(*text);
  if (!account) return Error{"the Google credentials in " + NameOf(*from) + " can't be used: " + account.Message()};
  return account;
}

// A pod's metadata server refuses connections for the first seconds of the pod.
Result<HttpReply> GoogleCredentials::Send(const HttpRequest& request, Deadline deadline, const std::stop_token& stop) {
  for (int tries = 1;; ++tries) {
    auto reply = http_.Send(request, deadline, stop);
    const bool is_passing = !reply || IsPassing(reply->status);
    if (!is_passing || tries == kMostTries || stop.stop_requested()) return reply;
    if (std::chrono::steady_clock::now() + tries * kBetweenTries >= deadline) return reply;
    if (!clock_.WaitFor(tries * kBetweenTries, stop)) return reply;
  }
}

Result<std::string> GoogleCredentials::Subject(const GoogleFederation& federation, Deadline deadline,
                                               const std::stop_token& stop) {
  if (!federation.file.empty()) {
    const auto text = ReadSecret({federation.file, ""});
    return text ? ParseSubject(federation, *text) : text;
  }
  const auto reply = Send(AskForSubject(federation), deadline, stop);
  if (!reply) return reply.GetError();
  if (reply->status != 200)
    return Error{"the url of the credential_source answers with status " + std::to_string(reply->status)};
  return ParseSubject(federation, reply->body);
}

Result<GoogleToken> GoogleCredentials::Exchange(const GoogleAccount& account, const HttpRequest& request,
                                                Deadline deadline, const std::stop_token& stop) {
  const auto reply = Send(request, deadline, stop);
  if (reply) return ParseGoogleToken(account, request, *reply, clock_.Now());
  if (!std::holds_alternative<GoogleMetadata>(account.who)) return Error{"no token of Google's: " + reply.Message()};
  return Error{
      "no Google credentials: name a file under \"credentials\" or in GOOGLE_APPLICATION_CREDENTIALS, or run gcloud "
      "auth "
      "application-default login; and no metadata server: " +
      reply.Message()};
}

Result<GoogleToken> GoogleCredentials::Ask(const GoogleAccount& account, Deadline deadline,
                                           const std::stop_token& stop) {
  const std::string scope = account.impersonation_url.empty() ? scope_ : kImpersonationScope;
  if (const auto* metadata = std::get_if<GoogleMetadata>(&account.who))
    return Exchange(account, AskMetadata(*metadata, scope), deadline, stop);
  if (const auto* user = std::get_if<GoogleUser>(&account.who))
    return Exchange(account, AskForUser(*user), deadline, stop);
  if (const auto* key = std::get_if<GoogleKey>(&account.who)) {
    const auto request = AskForKey(*key, scope, clock_.Now());
    if (!request) return Error{"the Google credentials of " + key->email + " can't be used: " + request.Message()};
    return Exchange(account, *request, deadline, stop);
  }
  const auto& federation = std::get<GoogleFederation>(account.who);
  const auto subject = Subject(federation, deadline, stop);
  if (!subject) return subject.GetError();
  return Exchange(account, AskInExchange(federation, scope, *subject), deadline, stop);
}

Result<GoogleCredentials::Held> GoogleCredentials::Fetch(Deadline deadline, const std::stop_token& stop) {
  const auto account = Account();
  if (!account) return account.GetError();
  auto token = Ask(*account, deadline, stop);
  if (token && !account->impersonation_url.empty())
    token = Exchange(*account, AskToImpersonate(*account, scope_, token->token), deadline, stop);
  if (!token) return token.GetError();
  const SteadyPoint now = clock_.Steady();
  return Held{token->token, account->quota_project, now + token->lifetime - std::min(kAhead, token->lifetime / 2),
              now + token->lifetime};
}

Result<void> GoogleCredentials::Sign(HttpRequest& request, Deadline deadline, const std::stop_token& stop) {
  std::optional<Held> held;
  {
    const std::lock_guard lock(mutex_);
    held = held_;
  }
  if (!held || clock_.Steady() >= held->renew) {
    auto fresh = Fetch(deadline, stop);
    if (!fresh && (!held || clock_.Steady() >= held->ends)) return fresh.GetError();
    if (fresh) {
      held = std::move(fresh).Value();
      const std::lock_guard lock(mutex_);
      held_ = held;
    }
  }
  request.headers.emplace_back("Authorization", "Bearer " + held->token);
  if (!held->quota_project.empty()) request.headers.emplace_back("X-Goog-User-Project", held->quota_project);
  return {};
}

std::string GoogleCredentials::Email() const {
  const auto account = Account();
  if (!account) return "";
  const std::string& url = account->impersonation_url;
  constexpr std::string_view kBefore = "/serviceAccounts/";
  const std::size_t at = url.rfind(kBefore);
  if (at != std::string::npos) return url.substr(at + kBefore.size(), url.find(':', at) - at - kBefore.size());
  const auto* key = std::get_if<GoogleKey>(&account->who);
  return key ? key->email : "";
}

void GoogleCredentials::Refuse() {
  const std::lock_guard lock(mutex_);
  held_.reset();
}

}  // namespace batchslo
