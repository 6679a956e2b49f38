#ifndef HINOMI_API_GUIDE_GUIDE_API_H_
#define HINOMI_API_GUIDE_GUIDE_API_H_

#include <string>

#include "guide/site.h"
#include "http/server.h"

namespace hinomi::api {

/// The user's guide below /docs, open to all: it holds nothing but what every
/// copy of the program holds. /docs and /docs/{language} lead to the first page
/// by Accept-Language; pages are /docs/en/alarms, /docs/ja/alarms, ….
/// `command_reference` is the page "reference-commands". Add after the routes
/// that the page "reference-http" describes.
void AddGuideRoutes(http::Server& server, const std::string& release,
                    guide::Reference command_reference);

}  // namespace hinomi::api

#endif  // HINOMI_API_GUIDE_GUIDE_API_H_
