// Jenkins' triggers: five fields a line, lines OR-ed, and H, a value that the full name of the job chooses.
#include <algorithm>
#include <charconv>

#include "exporter/core/cron_dialects.h"
#include "exporter/core/cron_fields.h"
#include "exporter/core/md5.h"

namespace batchslo {

using namespace cron;

namespace {

constexpr Macro kMacros[] = {{"@yearly", "H H H H *"}, {"@annually", "H H H H *"}, {"@monthly", "H H H * *"},   {"@weekly", "H H * * H"},
                             {"@daily", "H H * * *"},  {"@hourly", "H * * * *"},   {"@midnight", "H H(0-2) * * *"}};

// java.util.Random, seeded by the folded MD5 of a name: one for all lines of a schedule.
class Hash {
 public:
  explicit Hash(std::string_view name) {
    auto digest = Md5(name);
    std::uint64_t seed = 0;
    for (unsigned i = 0; i < 8; ++i) seed = seed << 8 | (digest[i] ^ digest[i + 8]);
    state_ = (seed ^ kFactor) & kMask;
  }

  // From 0 up to, not including, `bound`.
  std::int64_t Next(std::int64_t bound) {
    if ((bound & -bound) == bound) return bound * Draw() >> 31;
    std::int64_t drawn = Draw();
    while (drawn - drawn % bound + (bound - 1) >= std::int64_t{1} << 31) drawn = Draw();
    return drawn % bound;
  }

 private:
  static constexpr std::uint64_t kFactor = 0x5DEECE66D, kMask = (std::uint64_t{1} << 48) - 1;

  std::int64_t Draw() {
    state_ = (state_ * kFactor + 0xB) & kMask;
    return static_cast<std::int64_t>(state_ >> 17);
  }

  std::uint64_t state_;
};

struct Reader {
  std::string_view job;
  Hash hash;

  Result<std::int64_t> Number(std::string_view text, const FieldKind& kind, std::string_view item) const {
    std::int32_t value = 0;
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (digits && fault == std::errc{}) return std::int64_t{value};
    const std::string names = kind.names.empty() ? "" : " (Jenkins knows no names of months and days)";
    return Bad(kind, item, "expected " + std::to_string(kind.low) + " to " + std::to_string(kind.high) + names);
  }

  // "a-b" or "(a-b)" without its parentheses.
  Result<Range> Ends(std::string_view text, const FieldKind& kind, std::string_view item) const {
    const auto ends = Split(text, "-");
    if (ends.size() != 2) return Bad(kind, item, "expected a range like 0-29");
    const auto from = Number(ends[0], kind, item), to = Number(ends[1], kind, item);
    if (!from || !to) return (from ? to : from).GetError();
    const bool inside = *from >= kind.low && *from <= kind.high && *to >= kind.low && *to <= kind.high;
    if (!inside) return Bad(kind, item, "allowed are " + std::to_string(kind.low) + " to " + std::to_string(kind.high));
    return Range{*from, *to, 1, false};
  }

  Result<std::uint64_t> Hashed(std::string_view text, std::int64_t step, const FieldKind& kind, std::string_view item) {
    if (job.empty()) return Bad(kind, item, "H is made of the job's full name, and there is none");
    Range range{kind.low, &kind == &kDomField ? 28 : &kind == &kDow7Field ? 6 : kind.high, 1, false};
    if (!text.empty()) {
      if (text.size() < 2 || text.front() != '(' || text.back() != ')') return Bad(kind, item, "expected H, H(0-29), H/10 or H(0-29)/10");
      const auto ends = Ends(text.substr(1, text.size() - 2), kind, item);
      if (!ends) return ends.GetError();
      range = *ends;
    }
    const std::int64_t size = range.to - range.from + 1;
    if (step < 1 || step > size) return Bad(kind, item, "a step of H lies between 1 and the size of its range, " + std::to_string(std::max<std::int64_t>(size, 0)));
    if (step == 1) return std::uint64_t{1} << (range.from + hash.Next(size));  // one value, not all
    return BitsOf({range.from + hash.Next(step), range.to, step, false});
  }

  Result<std::uint64_t> Item(std::string_view item, const FieldKind& kind) {
    const auto parts = Split(item, "/");
    if (parts.size() > 2) return Bad(kind, item, "more than one /");
    const auto step = parts.size() == 2 ? Number(parts[1], kind, item) : Result<std::int64_t>(std::int64_t{1});
    if (!step) return step.GetError();
    if (parts[0].starts_with('H')) return Hashed(parts[0].substr(1), *step, kind, item);
    const bool star = parts[0] == "*", single = parts[0].find('-') == std::string_view::npos;
    if (!star && single && parts.size() == 2) return Bad(kind, item, "a step wants a range before it, like 5-59/10 or */10");
    const auto ends = star     ? Result<Range>(Range{kind.low, kind.high, 1, true})
                      : single ? Ends(std::string(parts[0]) + "-" + std::string(parts[0]), kind, item)
                               : Ends(parts[0], kind, item);
    if (!ends) return ends.GetError();
    const auto range = CheckRange({ends->from, ends->to, *step, star}, kind, item);
    if (!range) return range.GetError();
    return BitsOf(*range);
  }

  Result<std::uint64_t> Field(std::string_view text, const FieldKind& kind) {
    std::uint64_t bits = 0;
    for (const std::string_view item : Split(text, ",")) {
      const auto one = Item(item, kind);
      if (!one) return one.GetError();
      bits |= *one;
    }
    return bits;
  }

  Result<CronLine> Line(std::string_view text, const Zone& zone) {
    const auto* const macro = std::find_if(std::begin(kMacros), std::end(kMacros), [&](const Macro& m) { return m.name == text; });
    if (text.starts_with('@') && macro == std::end(kMacros)) {
      return Error{Quoted(text) + ": unknown macro; known are @yearly @annually @monthly @weekly @daily @midnight @hourly"};
    }
    const auto words = Words(macro != std::end(kMacros) ? macro->fields : text);
    if (words.size() != 5) return WrongCount(text, "five fields a line (minute, hour, day of month, month, day of week)", words.size());
    const FieldKind* const kinds[] = {&kMinuteField, &kHourField, &kDomField, &kMonthField, &kDow7Field};
    std::uint64_t bits[5];
    for (std::size_t i = 0; i < 5; ++i) {
      const auto field = Field(words[i], *kinds[i]);
      if (!field) return field.GetError();
      bits[i] = *field;
    }
    CronLine line;
    line.minutes = bits[0];
    line.hours = static_cast<std::uint32_t>(bits[1]);
    line.doms = static_cast<std::uint32_t>(bits[2]);
    line.months = static_cast<std::uint32_t>(bits[3]);
    line.dows = static_cast<std::uint32_t>((bits[4] | bits[4] >> 7) & 0x7f);
    line.both_days = true;
    line.horizon = 50;
    line.zone = zone;
    return line;
  }
};

}  // namespace

Result<CronText> ParseJenkins(std::string_view text, const CronContext& context) {
  CronText read;
  Zone zone = context.zone;
  Reader reader{context.job, Hash(context.job)};
  const auto lines = Lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == 0 && lines[i].starts_with("TZ=")) {
      const auto found = Zone::Find(lines[i].substr(3));
      if (!found) return Error{Quoted(lines[i]) + ": " + found.Message()};
      zone = *found;
      continue;
    }
    if (lines[i].empty() || lines[i].starts_with('#')) continue;
    auto line = reader.Line(lines[i], zone);
    if (!line) return line.GetError();
    read.lines.push_back(*std::move(line));
  }
  if (read.lines.empty()) return Error{"the schedule has no line; write five fields like \"H 3 * * *\""};
  return read;
}

}  // namespace batchslo
