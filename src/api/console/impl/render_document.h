#ifndef HINOMI_API_CONSOLE_IMPL_RENDER_DOCUMENT_H_
#define HINOMI_API_CONSOLE_IMPL_RENDER_DOCUMENT_H_

#include "base/json.h"
#include "policy/documents.h"

namespace hinomi::api::impl {

/// The operations document in force, whole: every table of it as rows with the
/// document's own words. Secrets are references and stay so.
Json RenderDocument(const policy::OpsFolder& folder);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_RENDER_DOCUMENT_H_
