#ifndef HINOMI_POLICY_IMPL_PROMETHEUS_JOBS_H_
#define HINOMI_POLICY_IMPL_PROMETHEUS_JOBS_H_

#include <string>

#include "policy/impl/prometheus_forms.h"

namespace hinomi::policy::impl {

/// The interval and timeout of all jobs that give none of their own; reports a timeout
/// beyond the interval.
ScrapeDefaults CompleteDefaults(Reader& reader, const GlobalDocument& global);

/// The job of an entry of scrape_configs that stands at `path`; what the entry leaves out
/// comes from `defaults`, and its files are relative to `directory`. Pure but for reports.
metrics::ScrapeJob JobOf(Reader& reader, const std::string& path,
                         const PrometheusScrapeDocument& scrape, const ScrapeDefaults& defaults,
                         const std::string& directory);

/// `file` as seen from `directory`, "" for none.
std::string FileIn(const std::string& directory, const std::string& file);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_PROMETHEUS_JOBS_H_
