#pragma once
// What the pages are made of. Texts come raw and are escaped here; "html" is what is safe already.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/snapshot.h"

namespace batchslo {

// All up to the content of <body>, with the icons that Badge uses. Refreshing pages load themselves again.
enum class Refresh { kNever, kOften };
std::string Head(std::string_view title, const std::string& root, Refresh refresh);
std::string Foot(const Snapshot& snapshot, TimePoint now, const std::string& links_html);
std::string FootLink(const std::string& href, std::string_view text);

// All of a table up to its first row.
std::string TableHead(std::string_view name, std::initializer_list<std::string_view> columns);

// What teams edit: whether it can be read, and what is wrong with its rows; empty: there is none.
std::string RegistriesPart(const Snapshot& snapshot, TimePoint now);

// A link to the page of a job, as HTML.
std::string JobLink(const std::string& name, const std::string& root);

// Which upstreams block a job, each with a link; empty: none does.
std::string BlockedText(const JobState& job, const std::string& root);

// An icon and a text in the colour of `state`: met, missed, unknown, pending, paused or gone.
std::string Badge(std::string_view state, std::string_view text);

// "3 min ago", "in 2 h", with the exact instant behind it.
std::string Ago(TimePoint time, TimePoint now);
std::string MaybeAgo(const std::optional<TimePoint>& time, TimePoint now, std::string_view otherwise);

// The verdict of one objective with its name and when it is due: an item of a list.
std::string ObjectiveItem(const JobState& job, std::size_t objective, TimePoint now);

// Why an objective is at risk, and where its margins are going; empty: neither.
std::string RiskText(const Outlook& outlook, const ObjectiveState& state, TimePoint now);
std::string TrendText(const Outlook& outlook, TimePoint now);

std::string OutputText(const OutputState& output, TimePoint now);

// The reason and the last line of a failure.
std::string FailureText(const LastFailure& failure);

}  // namespace batchslo
