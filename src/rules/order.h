#ifndef HINOMI_RULES_ORDER_H_
#define HINOMI_RULES_ORDER_H_

#include <cstddef>
#include <span>
#include <vector>

#include "rules/group.h"

namespace hinomi::rules {

/// The numbers of a group's rules in an order that gives the same results as that of the file,
/// and in which what has to be stored before others can read it stands together: rules that read
/// nothing of the group come first, then those that read only what those record, and so on. Two
/// rules keep their order where one reads what the other writes or both write the same metric.
std::vector<size_t> EvaluationOrder(std::span<const Rule> rules);

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_ORDER_H_
