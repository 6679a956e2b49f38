#include "metric_math/impl/expr.h"

namespace hinomi::metric_math {
namespace {

bool CallsBand(const Expr& expr) {
  return expr.kind == Expr::Kind::kCall && expr.function->id == FunctionId::kBand;
}

void AppendIds(const Expr& expr, std::vector<std::string>& ids) {
  if (expr.kind == Expr::Kind::kId) ids.push_back(expr.text);
  for (const ExprPtr& arg : expr.args) AppendIds(*arg, ids);
}

}  // namespace

std::vector<std::string> IdsOf(const Expr& expr) {
  std::vector<std::string> ids;
  AppendIds(expr, ids);
  return ids;
}

std::optional<BandCall> BandOf(const Expr& expr) {
  if (!CallsBand(expr) || expr.args.empty()) return std::nullopt;
  BandCall call;
  call.of = expr.args[0]->text;
  if (expr.args.size() < 2) return call;
  const double* written = Literal(*expr.args[1]);
  call.spreads = written == nullptr ? std::nullopt : std::optional(*written);
  call.spreads_offset = expr.args[1]->offset;
  return call;
}

bool NamesBand(const Expr& expr) {
  if (CallsBand(expr)) return true;
  for (const ExprPtr& arg : expr.args)
    if (NamesBand(*arg)) return true;
  return false;
}

}  // namespace hinomi::metric_math
