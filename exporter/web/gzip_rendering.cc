// Tested by tests/web/exposition_test.cc, timed by tests/bench/gzip_bench.cc.
#include "exporter/web/gzip_rendering.h"

#include <array>

#include "exporter/web/put.h"

namespace batchslo {
namespace {

constexpr std::size_t kPiece = 32 << 10;
constexpr std::size_t kSlack = kMostLine + 2 * kPadding;

}  // namespace

std::string_view GzipRendering::PutRows(const JobFamily& family, RowRange rows) {
  std::array<char, 96> prefix{};
  const Line line = MakeLine(family, now_, prefix);
  std::size_t used = 0;
  for (std::size_t row = rows.from; row < rows.to; ++row) {
    if (lines_.size() < used + kSlack) lines_.resize(2 * lines_.size() + kSlack);
    char* const to = lines_.data() + used;
    used += static_cast<std::size_t>(family.put(page_->Values(), row, line, to) - to);
  }
  return std::string_view(lines_).substr(0, used);
}

void GzipRendering::Add(const GzipPart& part) {
  member_.Add(part);
  out_ += part.bytes;
}

void GzipRendering::AddFamilyPart(const JobFamily& family) {
  JobBlock& block = *page_->Jobs()[part_ % page_->Jobs().size()];
  const std::size_t kept_as = 2 * family_ + (part_ < page_->Jobs().size() ? 0 : 1);
  JobBlock::Lines lines = family.is_age ? nullptr : block.Find(kept_as);
  if (!lines) {
    lines = std::make_shared<const GzipPart>(DeflatePart(PutRows(family, RowsOf(page_->Values(), family.rows, part_))));
    if (!family.is_age) block.Keep(kept_as, lines);
  }
  if (lines->size == 0) return;
  if (!headed_) Add(DeflatePart(RenderHead(family.head, format_)));
  headed_ = true;
  Add(*lines);
}

// The next part, or the end of a family; false: that was all.
bool GzipRendering::AddNext() {
  if (ended_) return false;
  if (family_ == JobFamilies().size()) {
    Add(DeflatePart(page_->RenderSelf(format_)));
    out_ += member_.Tail();
    return ended_ = true;
  }
  const JobFamily& family = JobFamilies()[family_];
  const bool is_done = !page_->Shows(family) || part_ == PartsOf(family.rows, page_->Jobs().size());
  if (!is_done) {
    AddFamilyPart(family);
    ++part_;
    return true;
  }
  ++family_;
  part_ = 0;
  headed_ = false;
  return true;
}

std::string_view GzipRendering::Next() {
  out_ = begun_ ? "" : GzipMember::Head();
  begun_ = true;
  while (out_.size() < kPiece && AddNext()) {
  }
  return out_;
}

}  // namespace batchslo
