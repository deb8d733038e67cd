#pragma once

#include <string>
#include <string_view>

#include "exporter/core/result.h"
#include "exporter/core/time.h"
#include "exporter/net/google_account.h"

namespace batchslo {

// "eyJ...": says for one hour from `now` that we are this service account, and want a token for `scope`. Signed by
// RS256. An Error: the private key is none, or no RSA key.
Result<std::string> SignGoogleAssertion(const GoogleKey& key, std::string_view scope, TimePoint now);

}  // namespace batchslo
