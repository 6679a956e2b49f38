// The words of PromQL that this server knows; web/test/metrics_words.test.mjs
// compares them with src/promql. A function's arguments are what completion
// shows beside it.
export const functions: Record<string, string> = {
  abs: 'v', absent: 'v', absent_over_time: 'r[5m]', acos: 'v', acosh: 'v', asin: 'v', asinh: 'v', atan: 'v', atanh: 'v',
  avg_over_time: 'r[5m]', ceil: 'v', changes: 'r[5m]', clamp: 'v, min, max', clamp_max: 'v, max', clamp_min: 'v, min',
  cos: 'v', cosh: 'v', count_over_time: 'r[5m]', day_of_month: 'v', day_of_week: 'v', day_of_year: 'v',
  days_in_month: 'v', deg: 'v', delta: 'r[5m]', deriv: 'r[5m]', exp: 'v', floor: 'v',
  histogram_avg: 'v', histogram_count: 'v', histogram_fraction: 'lower, upper, v', histogram_quantile: '0.99, v',
  histogram_stddev: 'v', histogram_stdvar: 'v', histogram_sum: 'v', hour: 'v', idelta: 'r[5m]',
  increase: 'r[5m]', irate: 'r[5m]', label_join: 'v, "to", ", ", "from", …',
  label_replace: 'v, "to", "$1", "from", "(.*)"', last_over_time: 'r[5m]', ln: 'v', log10: 'v', log2: 'v',
  max_over_time: 'r[5m]', min_over_time: 'r[5m]', minute: 'v', month: 'v', pi: '', predict_linear: 'r[1h], seconds',
  present_over_time: 'r[5m]', quantile_over_time: '0.99, r[5m]', rad: 'v', rate: 'r[5m]', resets: 'r[5m]',
  round: 'v, to', scalar: 'v', sgn: 'v', sin: 'v', sinh: 'v', sort: 'v', sort_desc: 'v', sqrt: 'v',
  stddev_over_time: 'r[5m]', stdvar_over_time: 'r[5m]', sum_over_time: 'r[5m]', tan: 'v', tanh: 'v', time: '',
  timestamp: 'v', vector: 'scalar', year: 'v',
};

export const aggregations: Record<string, string> = {
  avg: 'v', bottomk: '5, v', count: 'v', count_values: '"label", v', group: 'v', max: 'v', min: 'v',
  quantile: '0.99, v', stddev: 'v', stdvar: 'v', sum: 'v', topk: '5, v',
};

/** Between two operands, and after a selector. */
export const operators = ['and', 'or', 'unless', 'atan2'];
export const modifiers = ['bool', 'by', 'group_left', 'group_right', 'ignoring', 'offset', 'on', 'without'];
