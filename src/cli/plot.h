#ifndef HINOMI_CLI_PLOT_H_
#define HINOMI_CLI_PLOT_H_

#include <cstddef>
#include <span>
#include <string>

namespace hinomi::cli {

/// The values between the lower and the upper edge of a plot.
struct PlotScale {
  double low = 0;
  double high = 1;
};
/// That holds all finite ones of `values`; where those are one number, it lies in the middle.
PlotScale ScaleOf(std::span<const double> values);

struct PlotSize {
  size_t columns = 60;  ///< Of the plot itself; labels of its scale stand in front of it.
  size_t rows = 8;
};

/// A line in braille, two dots across and four down a character, each row behind a margin with
/// the scale. `values` are evenly apart; where one is not finite there is a gap. Where a dot
/// stands for several values all between their lowest and highest is drawn.
std::string DrawPlot(std::span<const double> values, const PlotScale& scale, const PlotSize& size);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_PLOT_H_
