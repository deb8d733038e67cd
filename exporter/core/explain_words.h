// The words of an explanation: rules and headlines. Tested by tests/core/explain_test.cc.
#pragma once

#include <string>
#include <vector>

#include "exporter/core/tracker.h"

namespace batchslo {

// "by 10:00 mon-fri (Asia/Tokyo), grace 5m"
std::string RuleText(const Objective& objective);

// One sentence: the verdict, the rule, its cause, the last success and the next due.
std::string Headline(const JobCase& job, std::size_t objective, const Zone& zone);

// Whether the open window is at risk, and where the margins are going: sentences, of what is worth one.
std::vector<std::string> ExpectationsOf(const Outlook& outlook, const ObjectiveState& state, const Zone& zone);

// Of a job that is paused or gone, or of its worst objective.
std::string JobHeadline(const JobCase& job, const Zone& zone);

}  // namespace batchslo
