#ifndef HINOMI_GUIDE_REFERENCE_H_
#define HINOMI_GUIDE_REFERENCE_H_

#include <string>

#include "guide/words.h"

/// Pages of the reference, as Markdown, made from the tables that the product
/// itself works by: what is not in them does not exist, and the other way round.
namespace hinomi::guide {

/// Every key of every file of an ops folder, from the JSON Schemas.
std::string YamlReference(Words& words);

/// Every metric that Hinomi shows on /metrics or puts into its store.
std::string MetricReference(Words& words);

}  // namespace hinomi::guide

#endif  // HINOMI_GUIDE_REFERENCE_H_
