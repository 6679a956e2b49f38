#ifndef HINOMI_OPS_MODEL_UPCAST_H_
#define HINOMI_OPS_MODEL_UPCAST_H_

#include <span>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "ops_model/event.h"

namespace hinomi::ops_model {

/// How an event body of one version becomes one of the next. Events are never
/// rewritten; they are lifted while they are read, one version at a time.
struct Upcast {
  std::string_view type;
  int from_version = 1;
  Json (*apply)(Json body) = nullptr;  ///< To `from_version + 1`. Total.
};

/// The upcasts of all releases so far.
std::span<const Upcast> ReleasedUpcasts();

/// What `DecodeEvent` does, with the upcasts and the present version handed
/// in: the door through which tests reach the lifting itself.
Result<EventBody> DecodeEventWith(std::span<const Upcast> upcasts, std::string_view type,
                                  int version, int present_version, std::string_view bytes);

}  // namespace hinomi::ops_model

#endif  // HINOMI_OPS_MODEL_UPCAST_H_
