#ifndef HINOMI_PROMQL_IMPL_CIVIL_TIME_H_
#define HINOMI_PROMQL_IMPL_CIVIL_TIME_H_

namespace hinomi::promql {

// Parts of the UTC date of a Unix time in seconds; NaN for what is no time.
double MinuteOf(double seconds);
double HourOf(double seconds);
double DayOfWeek(double seconds);  ///< Sunday is 0.
double DayOfMonth(double seconds);
double DayOfYear(double seconds);
double DaysInMonth(double seconds);
double MonthOf(double seconds);  ///< January is 1.
double YearOf(double seconds);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_CIVIL_TIME_H_
