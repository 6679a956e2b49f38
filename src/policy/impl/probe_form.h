#ifndef HINOMI_POLICY_IMPL_PROBE_FORM_H_
#define HINOMI_POLICY_IMPL_PROBE_FORM_H_

#include <string>

#include "policy/binder.h"
#include "policy/documents.h"

namespace hinomi::policy::impl {

/// Of what is fetched again and again: one try ends before the next begins.
template <typename Document>
void CheckTimeout(Reader& reader, const yaml::Node&, const std::string& path, Document& document) {
  if (document.timeout <= document.interval) return;
  const std::string at = yaml::PathKey(path, "timeout");
  reader.Mistake(reader.PlaceOf(at), at,
                 "expected at most the interval (" + FormatDuration(document.interval) + "), got " +
                     FormatDuration(document.timeout));
}

/// One entry of `probes` in targets.yml.
FormPtr<ProbeDocument> ProbeForm();

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_PROBE_FORM_H_
