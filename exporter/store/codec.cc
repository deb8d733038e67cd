#include "exporter/store/codec.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace batchslo {
namespace {

template <FactKind kKind, class What>
constexpr bool kIs =
    std::is_same_v<std::variant_alternative_t<static_cast<std::size_t>(kKind), decltype(Fact::what)>, What>;
static_assert(kIs<FactKind::kJob, JobFact> && kIs<FactKind::kView, ViewFact> && kIs<FactKind::kRun, RunFact> &&
              kIs<FactKind::kObservation, ObservationFact> && kIs<FactKind::kLastSuccess, LastSuccessFact> &&
              kIs<FactKind::kGone, GoneFact> && kIs<FactKind::kDown, DownFact>);

class FieldsWriter {
 public:
  FieldsWriter& Text(const std::string& text) {
    Part();
    out_ += '=';
    for (const char c : text) {
      if (c == '%')
        out_ += "%25";
      else if (c == '\t')
        out_ += "%09";
      else if (c == '\n')
        out_ += "%0A";
      else if (c == '\0')
        out_ += "%00";
      else
        out_ += c;
    }
    return *this;
  }
  FieldsWriter& Text(const std::optional<std::string>& text) { return text ? Text(*text) : None(); }
  FieldsWriter& Number(std::optional<std::int64_t> number) { return number ? Text(std::to_string(*number)) : None(); }
  FieldsWriter& Time(std::optional<TimePoint> time) { return time ? Number(time->time_since_epoch().count()) : None(); }
  FieldsWriter& Flag(std::optional<bool> flag) { return flag ? Number(*flag ? 1 : 0) : None(); }
  FieldsWriter& Real(double value) {
    char text[40];
    return Text(std::string(text, std::to_chars(text, text + sizeof text, value).ptr));
  }
  std::string Take() { return std::move(out_); }

 private:
  FieldsWriter& None() {
    Part();
    out_ += '-';
    return *this;
  }
  void Part() {
    if (begun_) out_ += '\t';
    begun_ = true;
  }
  std::string out_;
  bool begun_ = false;
};

class FieldsReader {
 public:
  explicit FieldsReader(std::string_view fields) : rest_(fields) {}

  std::optional<std::string> MaybeText() {
    if (ended_) return good_ = false, std::nullopt;
    const std::size_t tab = rest_.find('\t');
    const std::string_view part = rest_.substr(0, tab);
    ended_ = tab == std::string_view::npos;
    if (!ended_) rest_.remove_prefix(tab + 1);
    if (part == "-") return std::nullopt;
    if (!part.starts_with('=')) return good_ = false, std::nullopt;
    return Unescape(part.substr(1));
  }
  std::string Text() { return MaybeText().value_or(""); }
  std::optional<std::int64_t> Number() {
    const auto text = MaybeText();
    if (!text) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (fault != std::errc{} || end != text->data() + text->size()) good_ = false;
    return value;
  }
  std::optional<TimePoint> Time() {
    const auto count = Number();
    return count ? std::optional(TimePoint{Duration{*count}}) : std::nullopt;
  }
  std::optional<bool> Flag() {
    const auto number = Number();
    return number ? std::optional(*number != 0) : std::nullopt;
  }
  double Real() {
    const std::string text = Text();
    double value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) good_ = false;
    return value;
  }
  // One of an enumeration's values, the last of which is `last`.
  template <class Enum>
  Enum OneOf(Enum last) {
    const std::int64_t number = Number().value_or(-1);
    if (number < 0 || number > static_cast<std::int64_t>(last)) return good_ = false, last;
    return static_cast<Enum>(number);
  }
  bool Good() const { return good_; }

 private:
  static std::string Unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      int value = 0;
      const bool escaped = text[i] == '%' && i + 2 < text.size();
      if (escaped && std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
        out += static_cast<char>(value);
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

  std::string_view rest_;
  bool ended_ = false, good_ = true;
};

struct Encoder {
  StoredFact& stored;
  FieldsWriter writer{};

  // What the configuration says of a job is a row of facts of its own.
  void operator()(const JobFact& f) {
    stored.job = f.job;
    stored.key = f.configured ? "configured" : "";
    const bool told[] = {f.scope.has_value(),   f.schedule.has_value(), f.timezone.has_value(),
                         f.dialect.has_value(), f.paused.has_value(),   f.annotations.has_value()};
    for (std::size_t i = 0; i < std::size(told); ++i) stored.mark |= told[i] ? 1 << i : 0;
    writer.Text(f.scope).Text(f.schedule).Text(f.timezone).Text(f.dialect).Flag(f.paused);
    writer.Number(f.annotations ? std::optional(static_cast<std::int64_t>(f.annotations->size())) : std::nullopt);
    if (!f.annotations) return;
    for (const auto& [key, value] : *f.annotations) writer.Text(key).Text(value);
  }
  void operator()(const ViewFact& f) {
    stored.key = EncodeScope(f.scope);
    writer.Flag(f.complete).Time(f.since);
  }
  void operator()(const RunFact& f) {
    stored.job = f.job;
    stored.key = f.run_id;
    stored.mark = static_cast<int>(f.outcome);
    if (f.outcome == Outcome::kSucceeded)
      stored.success = std::min(f.finished.value_or(stored.observed), stored.observed);
    writer.Text(f.scope).Time(f.scheduled).Time(f.created).Time(f.started).Time(f.finished);
    writer.Number(static_cast<std::int64_t>(f.outcome)).Number(static_cast<std::int64_t>(f.trigger));
    writer.Text(f.reason).Text(f.excerpt).Text(f.link);
  }
  void operator()(const ObservationFact& f) {
    stored.job = f.job;
    stored.key = f.output;
    writer.Time(f.updated).Number(f.rows).Number(f.bytes).Text(f.partition);
    writer.Number(static_cast<std::int64_t>(f.values.size()));
    for (const auto& [key, value] : f.values) writer.Text(key).Real(value);
  }
  void operator()(const LastSuccessFact& f) {
    stored.job = f.job;
    writer.Time(f.value);
  }
  void operator()(const GoneFact& f) { stored.job = f.job; }
  void operator()(const DownFact& f) { writer.Text(f.reason); }
};

JobFact ReadJob(FieldsReader& reader, const StoredFact& stored) {
  JobFact fact;
  fact.job = stored.job;
  fact.configured = stored.key == "configured";
  fact.scope = reader.MaybeText();
  fact.schedule = reader.MaybeText();
  fact.timezone = reader.MaybeText();
  fact.dialect = reader.MaybeText();
  fact.paused = reader.Flag();
  const auto count = reader.Number();
  if (!count) return fact;
  fact.annotations.emplace();
  for (std::int64_t i = 0; i < *count && reader.Good(); ++i) {
    std::string key = reader.Text();
    (*fact.annotations)[std::move(key)] = reader.Text();
  }
  return fact;
}

ViewFact ReadView(FieldsReader& reader, const StoredFact& stored) {
  ViewFact fact;
  fact.scope = DecodeScope(stored.key);
  fact.complete = reader.Flag().value_or(false);
  fact.since = reader.Time();
  return fact;
}

RunFact ReadRun(FieldsReader& reader, const StoredFact& stored) {
  RunFact fact;
  fact.job = stored.job;
  fact.run_id = stored.key;
  fact.scope = reader.MaybeText();
  fact.scheduled = reader.Time();
  fact.created = reader.Time();
  fact.started = reader.Time();
  fact.finished = reader.Time();
  fact.outcome = reader.OneOf(Outcome::kSkipped);
  fact.trigger = reader.OneOf(Trigger::kBackfill);
  fact.reason = reader.Text();
  fact.excerpt = reader.Text();
  fact.link = reader.Text();
  return fact;
}

ObservationFact ReadObservation(FieldsReader& reader, const StoredFact& stored) {
  ObservationFact fact;
  fact.job = stored.job;
  fact.output = stored.key;
  fact.updated = reader.Time();
  fact.rows = reader.Number();
  fact.bytes = reader.Number();
  fact.partition = reader.MaybeText();
  const std::int64_t count = reader.Number().value_or(0);
  for (std::int64_t i = 0; i < count && reader.Good(); ++i) {
    std::string key = reader.Text();
    fact.values[std::move(key)] = reader.Real();
  }
  return fact;
}

}  // namespace

StoredFact Encode(const Fact& fact) {
  StoredFact stored;
  stored.kind = static_cast<FactKind>(fact.what.index());
  stored.source = fact.source;
  stored.observed = fact.observed;
  Encoder encoder{stored};
  std::visit([&](const auto& what) { encoder(what); }, fact.what);
  stored.fields = encoder.writer.Take();
  return stored;
}

std::optional<Fact> Decode(const StoredFact& stored) {
  FieldsReader reader(stored.fields);
  Fact fact{stored.source, stored.observed, DownFact{}};
  switch (stored.kind) {
    case FactKind::kJob:
      fact.what = ReadJob(reader, stored);
      break;
    case FactKind::kView:
      fact.what = ReadView(reader, stored);
      break;
    case FactKind::kRun:
      fact.what = ReadRun(reader, stored);
      break;
    case FactKind::kObservation:
      fact.what = ReadObservation(reader, stored);
      break;
    case FactKind::kLastSuccess:
      fact.what = LastSuccessFact{stored.job, reader.Time()};
      break;
    case FactKind::kGone:
      fact.what = GoneFact{stored.job};
      break;
    case FactKind::kDown:
      fact.what = DownFact{reader.Text()};
      break;
    default:
      return std::nullopt;
  }
  return reader.Good() ? std::optional(std::move(fact)) : std::nullopt;
}

std::string EncodeScope(const std::optional<std::string>& scope) { return scope ? "=" + *scope : "-"; }

std::optional<std::string> DecodeScope(const std::string& text) {
  return text.starts_with('=') ? std::optional(text.substr(1)) : std::nullopt;
}

std::int64_t IntegerOf(const std::optional<std::string>& text) {
  std::int64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

}  // namespace batchslo
