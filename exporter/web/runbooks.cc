// Tested by tests/web/runbooks_test.cc.
#include "exporter/web/runbooks.h"

#include <algorithm>

#include "exporter/web/escape.h"
#include "exporter/web/html_parts.h"

namespace batchslo {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// `html` with each pair of `mark` as the element; an odd one stays what it is.
std::string WithMark(const std::string& html, std::string_view mark, const std::string& element) {
  std::string out;
  std::size_t from = 0;
  for (;;) {
    const std::size_t begin = html.find(mark, from), end = begin == std::string::npos ? begin : html.find(mark, begin + mark.size());
    if (end == std::string::npos) return out + html.substr(from);
    out += html.substr(from, begin - from) + "<" + element + ">" + html.substr(begin + mark.size(), end - begin - mark.size()) + "</" + element + ">";
    from = end + mark.size();
  }
}

std::string Inline(std::string_view text) { return WithMark(WithMark(EscapeHtml(text), "`", "code"), "**", "strong"); }

// Turns lines into blocks; what is open is closed before another begins.
class Blocks {
 public:
  void Line(std::string_view line) {
    if (line.starts_with("```")) return Fence();
    if (fenced_) return void(out_ += EscapeHtml(line) + "\n");
    if (line.empty()) return Close();
    const std::size_t level = std::min(line.find_first_not_of('#'), line.size());
    if (level > 0 && level <= 3 && line.substr(level).starts_with(' ')) return Heading(level, line.substr(level + 1));
    if (line.starts_with("- ")) return Item(line.substr(2));
    Text(line);
  }
  std::string End() && {
    if (fenced_) Fence();
    Close();
    return std::move(out_);
  }

 private:
  void Fence() {
    if (!fenced_) Close();
    out_ += fenced_ ? "</pre>\n" : "<pre tabindex=\"0\">";
    fenced_ = !fenced_;
  }
  void Heading(std::size_t level, std::string_view text) {
    Close();
    const std::string name = "h" + std::to_string(level);
    out_ += "<" + name + ">" + Inline(text) + "</" + name + ">\n";
  }
  void Item(std::string_view text) {
    if (open_ != "ul") Open("ul");
    out_ += "<li>" + Inline(text) + "</li>\n";
  }
  void Text(std::string_view text) {
    if (open_ != "p") Open("p");
    out_ += Inline(text) + "\n";
  }
  void Open(std::string_view element) {
    Close();
    open_ = element;
    out_ += "<" + open_ + ">";
  }
  void Close() {
    if (!open_.empty()) out_ += "</" + open_ + ">\n";
    open_.clear();
  }

  std::string out_, open_;  // open_: "p" or "ul"
  bool fenced_ = false;
};

std::string Page(const std::string& title, const std::string& root, const std::string& back_html, const std::string& main_html) {
  return Head(title, root, Refresh::kNever) + "<header>" + back_html + "<h1>" + EscapeHtml(title) + "</h1></header><main>" + main_html + "</main></body></html>\n";
}

}  // namespace

const Runbook* FindRunbook(std::string_view name) {
  const auto at = std::ranges::find_if(Runbooks(), [&](const Runbook& one) { return std::ranges::equal(one.name, name, {}, Lower, Lower); });
  return at == Runbooks().end() ? nullptr : &*at;
}

std::string RenderMarkdown(std::string_view markdown) {
  Blocks blocks;
  while (!markdown.empty()) {
    const std::size_t end = std::min(markdown.find('\n'), markdown.size());
    blocks.Line(markdown.substr(0, end));
    markdown.remove_prefix(std::min(end + 1, markdown.size()));
  }
  return std::move(blocks).End();
}

std::string RenderRunbookPage(const Runbook& runbook, const std::string& root) {
  std::string_view rest = runbook.markdown;
  if (rest.starts_with("# ")) rest.remove_prefix(std::min(rest.find('\n'), rest.size()));  // it is the title of the page
  return Page(std::string(runbook.name), root, "<a class=\"back\" href=\"" + root + "runbooks\">All runbooks</a>", "<div class=\"runbook\">" + RenderMarkdown(rest) + "</div>");
}

std::string RenderRunbooksPage(std::span<const Runbook> runbooks, const std::string& root) {
  std::string list = "<ul class=\"runbook\">";
  for (const Runbook& runbook : runbooks) {
    list += "<li><a href=\"" + root + "runbooks/" + EscapeHtml(UrlPath(runbook.name)) + "\">" + EscapeHtml(runbook.name) + "</a></li>\n";
  }
  return Page("Runbooks", root, "<a class=\"back\" href=\"" + root + "\">All jobs</a>", list + "</ul>");
}

}  // namespace batchslo
