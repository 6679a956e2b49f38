#ifndef HINOMI_METRICS_IMPL_SERIES_LABELS_H_
#define HINOMI_METRICS_IMPL_SERIES_LABELS_H_

#include "base/result.h"
#include "metrics/impl/page_memory.h"
#include "metrics/model.h"
#include "metrics/scrape_page.h"

namespace hinomi::metrics {

/// The page's labels joined with the target's.
Labels JoinTarget(const Labels& scraped, const PageOptions& options);

/// The series of a page's labels once they are joined and relabelled, or kDropped.
/// Errors: kDenied over a limit of labels, kInvalidArgument where relabelling takes the
/// name away, kExhausted as the memory.
Result<PageMemory::Id> SeriesOfScraped(const Labels& scraped, const PageOptions& options,
                                       PageMemory& memory);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SERIES_LABELS_H_
