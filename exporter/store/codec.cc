#include "exporter/store/codec.h"

#include <charconv>
#include <vector>

namespace batchslo {
namespace {

class FieldsWriter {
 public:
  FieldsWriter& Text(const std::string& text) {
    Part();
    out_ += '=';
    for (const char c : text) {
      if (c == '%') out_ += "%25";
      else if (c == '\t') out_ += "%09";
      else if (c == '\n') out_ += "%0A";
      else if (c == '\0') out_ += "%00";
      else out_ += c;
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
  bool Good() const { return good_; }

 private:
  static std::string Unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      int value = 0;
      if (text[i] == '%' && i + 2 < text.size() + 0 && std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
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

  void operator()(const JobFact& f) {
    stored.job = f.job;
    writer.Flag(f.configured).Text(f.scope).Text(f.schedule).Text(f.timezone).Text(f.dialect).Flag(f.paused);
    writer.Number(f.annotations ? std::optional<std::int64_t>(static_cast<std::int64_t>(f.annotations->size())) : std::nullopt);
    if (!f.annotations) return;
    for (const auto& [key, value] : *f.annotations) writer.Text(key).Text(value);
  }
  void operator()(const ViewFact& f) { writer.Text(f.scope).Flag(f.complete).Time(f.since); }
  void operator()(const RunFact& f) {
    stored.job = f.job;
    stored.key = f.run_id;
    writer.Text(f.scope).Time(f.scheduled).Time(f.created).Time(f.started).Time(f.finished);
    writer.Number(static_cast<std::int64_t>(f.outcome)).Number(static_cast<std::int64_t>(f.trigger)).Text(f.reason).Text(f.excerpt).Text(f.link);
  }
  void operator()(const ObservationFact& f) {
    stored.job = f.job;
    stored.key = f.output;
    writer.Time(f.updated).Number(f.rows).Number(f.bytes).Text(f.partition).Number(static_cast<std::int64_t>(f.values.size()));
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
  fact.configured = reader.Flag().value_or(false);
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

RunFact ReadRun(FieldsReader& reader, const StoredFact& stored) {
  RunFact fact;
  fact.job = stored.job;
  fact.run_id = stored.key;
  fact.scope = reader.MaybeText();
  fact.scheduled = reader.Time();
  fact.created = reader.Time();
  fact.started = reader.Time();
  fact.finished = reader.Time();
  fact.outcome = static_cast<Outcome>(reader.Number().value_or(0) & 7);
  fact.trigger = static_cast<Trigger>(reader.Number().value_or(0) & 3);
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
  stored.kind = static_cast<int>(fact.what.index());
  Encoder encoder{stored};
  std::visit([&](const auto& what) { encoder(what); }, fact.what);
  stored.fields = encoder.writer.Take();
  return stored;
}

std::optional<Fact> Decode(const StoredFact& stored, const std::string& source, TimePoint observed) {
  FieldsReader reader(stored.fields);
  Fact fact{source, observed, DownFact{}};
  switch (stored.kind) {
    case 0: fact.what = ReadJob(reader, stored); break;
    case 2: fact.what = ReadRun(reader, stored); break;
    case 3: fact.what = ReadObservation(reader, stored); break;
    case 4: fact.what = LastSuccessFact{stored.job, reader.Time()}; break;
    case 5: fact.what = GoneFact{stored.job}; break;
    case 6: fact.what = DownFact{reader.Text()}; break;
    default: return std::nullopt;
  }
  return reader.Good() ? std::optional(std::move(fact)) : std::nullopt;
}

}  // namespace batchslo
