#pragma once

#include <span>
#include <string>
#include <string_view>

namespace batchslo {

// One file of alerts/runbooks, compiled in, so that an alert's link works wherever the daemon does.
struct Runbook {
  std::string_view name, markdown;  // name: that of the alert
};
std::span<const Runbook> Runbooks();  // by name

// Null: there is none of that name, in any case of letters.
const Runbook* FindRunbook(std::string_view name);

// What is there is escaped, whatever it says. Of Markdown it knows what runbooks are written in: headings, paragraphs, lists
// of one level, fenced blocks, `code` and **strong**. Pure.
std::string RenderMarkdown(std::string_view markdown);
std::string RenderRunbookPage(const Runbook& runbook, const std::string& root);
std::string RenderRunbooksPage(std::span<const Runbook> runbooks, const std::string& root);

}  // namespace batchslo
