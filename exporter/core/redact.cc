#include "exporter/core/redact.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>

namespace batchslo {

struct Redactor::Patterns {
  std::vector<std::unique_ptr<RE2>> all;
};

namespace {

struct Rule {
  RE2 pattern;
  const char* replacement;
};

// A name that holds a secret, and its value: `"db_password": "x"`, `\"token\":\"x\"`, `TOKEN=x`, `environ["TOKEN"] = b'x'`,
// `password: [x, y]`, `secret: |` and the lines under it. NoCredentialsError and Token.java are none, nor is a pass of tests.
#define NAME                                                                                                                  \
  "[a-z0-9_.-]*(?:password|passwd|passphrase|passwort|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|"           \
  "private[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|signature|session[_-]?id|auth[_-]?key)"                    \
  "(?:value|key|string|hash|s|[0-9]+|[_-][a-z0-9_-]*)?"
#define SHORT "[a-z0-9_.-]*(?:pass|pw)"
#define ENDS R"(\\*["']?\]?[ \t]*)"
#define SAYS R"((?:=>|:=|={1,3}|:)[ \t]*)"
// Up to the quote that ends it: of `\"` a quote behind more backslashes than one is within.
#define IN_DOUBLE R"((?:[^"\\\n]|\\.)*)"
#define IN_SINGLE R"((?:[^'\\\n]|\\.|'')*)"
#define IN_ESCAPED_DOUBLE R"((?:[^"\\\n]|\\{2,}"?|\\[^"\\\n])*)"
#define IN_ESCAPED_SINGLE R"((?:[^'\\\n]|\\{2,}'?|\\[^'\\\n]|'')*)"
#define TRIPLE R"("""[^"]*|'''[^']*|\\+"\\+"\\+"(?:[^"\\\n]|\\+[^"\\\n])*)"
#define QUOTED                                                                                                                \
  R"((?:(?:\$|[a-z]{1,2}|[a-z_:]+\()?(?:)" TRIPLE R"(|\\")" IN_ESCAPED_DOUBLE R"(|\\{2,}"(?:[^"\\\n]|\\+[^"\\\n])*|")" IN_DOUBLE \
  R"(|\\')" IN_ESCAPED_SINGLE R"(|\\{2,}'[^'\n]*|')" IN_SINGLE "))"
// Its newlines may be escaped.
#define BLOCK                                                                                                                 \
  R"([|>][-+0-9]*[ \t]*(?:(?:\n[ \t]*)*(?:\n[ \t]+[^\n]+)+|(?:\\+n[ \t]*)*(?:\\+n[ \t]+(?:[^"\\\n]|\\+[^n\\\n])+)+))"
// Few brackets are looked for within: what has no end must not be read to the end of the line again and again.
#define LIST R"([\[{(](?:[ \t]*\\*["'][^\n\])}]*|(?:[^\n\[{(\])}]*[\[{(]){0,3}[^\n\[{(\])}]*[\])}]))"
#define WORD R"([^\s,;&'"\\)\]}]+)"
#define VALUE "(?:" QUOTED "|" BLOCK "|" LIST "|" WORD ")"
// Where a word begins; also behind a newline that is escaped, as Python writes bytes.
#define BEGIN R"((?:\b|\\[abfnrtv0]))"
#define HEADER "(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token|x-vault-token)"
#define REST R"((?:[^\\\n]|\\+[^nr\\\n])*)"
#define HEADED BEGIN HEADER ENDS SAYS "[a-z]{0,2}"

void RedactKnown(std::string& text) {
  static const Rule kRules[] = {
      // A block in lines, or in one line with escaped newlines; one that is cut off ends where no base64 follows.
      {RE2(R"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?:\s|\\+[nr]|Proc-Type:[^\n\\]*|DEK-Info:[^\n\\]*)*)"
           R"((?:[A-Za-z0-9+/=]{16,}(?:\s|\\+[nr])*)*(?:[A-Za-z0-9+/=]*(?:\s|\\+[nr])*-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----)?)"),
       "<redacted>"},
      {RE2(R"((://)[^\s:/@'"<>]*:[^\s'"<>]*@)"), "\\1<redacted>@"},
      {RE2(R"((://)[^\s/?#@'"<>]+@)"), "\\1<redacted>@"},
      // Headers: "name: value", name: "value", else up to the end of the line, over quotes. A quote that does not end takes the
      // line, too: if it were no match, the line would be read to its end for each of the headers in it.
      {RE2("(?i)(\"" HEADER SAYS R"()(?:[^"\\\n]|\\[^nr\n])+(?:("(?:\W|$))|"\w)" REST "|)|('" HEADER SAYS R"()(?:[^'\\\n]|\\[^nr\n])+(?:('(?:\W|$))|'\w)" REST "|)|"
           "(" HEADED "\")" IN_DOUBLE "|(" HEADED "')" IN_SINGLE "|(" HEADED R"(\\")" ")" IN_ESCAPED_DOUBLE "|(" HEADED R"(\\')" ")" IN_ESCAPED_SINGLE
           "|(" BEGIN HEADER ENDS SAYS R"()(?:[^\\\n]|\\+[^nr\\\n])+)"),
       "\\1\\3\\5\\6\\7\\8\\9<redacted>\\2\\4"},
      {RE2("(?i)(" BEGIN R"(bearer[ \t]+)[a-z0-9._~+/=-]+)"), "\\1<redacted>"},
      {RE2("(?i)(" BEGIN R"(basic[ \t]+)[a-z0-9+/]{12,}={0,2})"), "\\1<redacted>"},
      {RE2("(?i)(" NAME ENDS SAYS ")" VALUE), "\\1<redacted>"},
      {RE2("(?i)(" SHORT ENDS "=[ \t]*)" VALUE), "\\1<redacted>"},
      // A word that is no number: tests pass, too.
      {RE2("(?i)(" SHORT ENDS ":[ \t]*)(?:" QUOTED R"(|[0-9]*[^\s,;&'"\\)\]}0-9][^\s,;&'"\\)\]}]*))"), "\\1<redacted>"},
      // ('name', 'value'); also as a row of headers or of arguments, or as what Kubernetes has of an environment.
      {RE2("(?i)((?:[(\\[]\\s*[a-z]{0,2}\\\\*[\"']" NAME R"(|[(\[,]\s*[a-z]{0,2}\\*["'](?:)" HEADER "|--?" NAME R"())\\*["'][ \t]*,\s*))" QUOTED), "\\1<redacted>"},
      {RE2("(?i)(name" ENDS SAYS R"(\\*["']?)" NAME R"(\\*["']?[ \t]*,?(?:\s|\\+[nrt])*\\*["']?value)" ENDS SAYS ")" VALUE), "\\1<redacted>"},
      {RE2("(?i)(" NAME R"((?:%(?:25)?3[ad])+)[^%&\s"']+)"), "\\1<redacted>"},
      {RE2("(?i)(<" NAME R"((?:\s[^<>\n]*)?>)[^<\n]+)"), "\\1<redacted>"},
      {RE2("(?i)(--?" NAME R"([ \t]+))" VALUE), "\\1<redacted>"},
      // Of command lines and statements.
      {RE2(R"((?i)((?:^|[\s"']|\\[nrt])--?(?:[a-z0-9]+-)*pass[ \t]+))" VALUE), "\\1<redacted>"},
      {RE2("(?i)(" BEGIN R"(curl\b[^\n|;]*?[ \t](?:-u|--(?:proxy-)?user)[ \t=]*["']?[^\s:"']*:)[^\s"']+)"), "\\1<redacted>"},
      {RE2("(" BEGIN R"((?:mysql|mariadb)[a-z-]*\b[^\n|;]*?[ \t]-p)[^\s"']+)"), "\\1<redacted>"},
      {RE2("(" BEGIN R"(sshpass[ \t]+-p[ \t]*))" VALUE), "\\1<redacted>"},
      {RE2("(?i)(" BEGIN R"((?:identified[ \t]+(?:with[ \t]+\S+[ \t]+)?(?:by|as)(?:[ \t]+password)?|password)[ \t]+)(?:"[^"\n]*|'(?:[^'\n]|'')*))"), "\\1<redacted>"},
      {RE2(R"(([?&](?:sig|code|key|auth)=)[^&\s"']+)"), "\\1<redacted>"},
      // JWT; AWS; Google; GitHub and GitLab; Slack; others.
      {RE2("(" BEGIN R"()eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){0,3})"), "\\1<redacted>"},
      {RE2("(" BEGIN R"()(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[0-9A-Z]{16}\b)"), "\\1<redacted>"},
      {RE2("(" BEGIN R"()(?:AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z._-]{10,}|1//0[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{10,}))"), "\\1<redacted>"},
      {RE2("(" BEGIN R"()(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{10,}))"), "\\1<redacted>"},
      {RE2("(" BEGIN R"()(?:xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|hooks\.slack\.com/[^\s"'<>]+))"), "\\1<redacted>"},
      {RE2("(" BEGIN R"()(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|sk-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}))"), "\\1<redacted>"},
      {RE2("(" BEGIN R"()(?:SG\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|hf_[A-Za-z0-9]{20,}|hv[sbr]\.[A-Za-z0-9_-]{20,}|dop_v1_[a-f0-9]{20,}))"), "\\1<redacted>"},
  };
  for (const Rule& rule : kRules) RE2::GlobalReplace(&text, rule.pattern, rule.replacement);
}
#undef NAME
#undef SHORT
#undef ENDS
#undef SAYS
#undef IN_DOUBLE
#undef IN_SINGLE
#undef IN_ESCAPED_DOUBLE
#undef IN_ESCAPED_SINGLE
#undef TRIPLE
#undef QUOTED
#undef BLOCK
#undef LIST
#undef WORD
#undef VALUE
#undef BEGIN
#undef HEADER
#undef REST
#undef HEADED

bool IsBase64(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/' || c == '='; }

// A secret key of AWS has 40 characters, a line of a private key 64: no word, path or hexadecimal digest looks like that.
bool LooksSecret(std::string_view run) {
  if (run.size() != 40 && run.size() < 60) return false;
  const auto has = [&](int (*is)(int)) { return std::any_of(run.begin(), run.end(), [&](char c) { return is(static_cast<unsigned char>(c)) != 0; }); };
  const auto slashes = static_cast<std::size_t>(std::count(run.begin(), run.end(), '/'));
  return has(std::isupper) && has(std::islower) && has(std::isdigit) && slashes * 10 <= run.size();
}

std::string RedactRuns(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && IsBase64(text[end])) ++end;
    const std::string_view run = std::string_view(text).substr(at, end - at);
    if (LooksSecret(run)) out += "<redacted>";
    else out += run;
    if (end < text.size()) out += text[end++];
    at = end;
  }
  return out;
}

}  // namespace

Redactor::Redactor() = default;

std::string RedactFault(std::string_view text) {
  const RE2 pattern(re2::StringPiece(text.data(), text.size()), RE2::Quiet);
  if (!pattern.ok()) return "it is no pattern of RE2: " + pattern.error();
  return RE2::FullMatch("", pattern) ? "it matches where there is nothing" : "";
}

Result<Redactor> Redactor::Make(const std::vector<std::string>& patterns) {
  Redactor made;
  if (patterns.empty()) return made;
  auto all = std::make_shared<Patterns>();
  for (const std::string& pattern : patterns) {
    const std::string fault = RedactFault(pattern);
    if (!fault.empty()) return Error{fault};
    all->all.push_back(std::make_unique<RE2>(pattern, RE2::Quiet));
  }
  made.patterns_ = std::move(all);
  return made;
}

bool Redactor::operator==(const Redactor& other) const {
  if (!patterns_ || !other.patterns_) return patterns_ == other.patterns_;
  const auto same = [](const auto& a, const auto& b) { return a->pattern() == b->pattern(); };
  return std::equal(patterns_->all.begin(), patterns_->all.end(), other.patterns_->all.begin(), other.patterns_->all.end(), same);
}

std::string Redactor::Redact(std::string text) const {
  RedactKnown(text);
  text = RedactRuns(text);
  if (!patterns_) return text;
  for (const auto& pattern : patterns_->all) RE2::GlobalReplace(&text, *pattern, "<redacted>");
  return text;
}

}  // namespace batchslo
