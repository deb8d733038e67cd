#pragma once

#include "exporter/web/exposition.h"

namespace batchslo {

// One scrape as one gzip member. What it unpacks to is what Rendering gives for the same page and time. Lines that stay
// as they are until their job changes are deflated once: for as long, all scrapes of this page and of those after it
// send the same bytes.
class GzipRendering {
 public:
  GzipRendering(std::shared_ptr<const Page> page, Format format, TimePoint now)
      : page_(std::move(page)), format_(format), now_(now) {}

  // As Rendering::Next.
  std::string_view Next();

 private:
  bool AddNext();
  void AddFamilyPart(const JobFamily& family);
  void Add(const GzipPart& part);
  std::string_view PutRows(const JobFamily& family, RowRange rows);

  std::shared_ptr<const Page> page_;
  const Format format_;
  const TimePoint now_;
  GzipMember member_;
  std::size_t family_ = 0, part_ = 0;
  bool begun_ = false, headed_ = false, ended_ = false;  // headed_: the family has had a line
  std::string lines_, out_;
};

}  // namespace batchslo
