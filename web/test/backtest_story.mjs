// The week before the night, as a backtest of HighErrorRate sees it: each stretch with the errors
// a minute in it; null: nothing arrived.
import { incident, NOW } from './night.mjs';

const seconds = (text) => Date.parse(text) / 1000;
const WEEK = [
  { from: seconds('2026-11-19T00:58:00Z'), to: seconds('2026-11-19T01:18:00Z'), value: 24 },
  { from: seconds('2026-11-20T09:10:00Z'), to: seconds('2026-11-20T09:13:00Z'), value: 14 },
  { from: seconds('2026-11-22T02:00:00Z'), to: seconds('2026-11-22T02:40:00Z'), value: null },
  { from: seconds('2026-11-23T18:12:00Z'), to: Infinity, value: 37 },
];
const NIGHT = WEEK.at(-1).from;

/** The points of HighErrorRate with what happened in the week. */
export function withWeek(points) {
  const at = (time) => WEEK.find((w) => time >= w.from && time < Math.min(w.to, NIGHT));
  return points.map(([time, value]) => [time, at(time) ? at(time).value : value]);
}

const rfc3339 = (time) => new Date(time * 1000).toISOString().replace('.000Z', 'Z');

/** In which states the alarm would have been, with a threshold. */
function statesOf(threshold, from, to) {
  const states = [{ at: rfc3339(from), state: 'OK', value: 0 }];
  for (const { from: begin, to: end, value } of WEEK) {
    if (begin < from || begin > to || (value !== null && value <= threshold)) continue;
    states.push({ at: rfc3339(begin), state: value === null ? 'INSUFFICIENT_DATA' : 'ALARM', value });
    if (end < to) states.push({ at: rfc3339(end), state: 'OK', value: 0 });
  }
  return states;
}

function moveInto({ at, state, value }, i, all, threshold) {
  const reason = value === null
    ? 'Insufficient Data: 1 datapoint was unknown.'
    : `Threshold Crossed: 1 out of the last 1 datapoints [${value}.0] was ${state === 'ALARM' ? '' : 'not '}greater than the threshold (${threshold}.0).`;
  return { at, alarm: 'HighErrorRate', contributor: '', from: all[i].state, to: state, action: state === 'ALARM' ? 'alert' : '', held_by: '', reason };
}

function compared(moves, lang) {
  const fired = moves.filter((move) => move.to === 'ALARM').map((move) => move.at);
  const night = incident(lang);
  const incidents = [
    { incident: 'INC-203', opened_at: '2026-11-19T01:00:00Z', alarm: 'HighErrorRate', title: night.title, hit: fired.includes('2026-11-19T00:58:00Z') },
    { incident: 'INC-202', opened_at: '2026-11-21T05:00:00Z', alarm: '', title: lang === 'ja' ? '支払いができないとの電話' : 'A customer calls: cannot pay', hit: false },
    { incident: 'INC-204', opened_at: night.opened_at, alarm: 'HighErrorRate', title: night.title, hit: fired.includes(rfc3339(NIGHT)) },
  ];
  const hits = incidents.filter((one) => one.hit).length;
  return { hits, misses: incidents.length - hits, without_incident: fired.length - hits, incidents };
}

/** What POST /alarms/backtest answers. */
export function backtest(asked, lang) {
  const [from, to] = [Math.floor(seconds(asked.from)), asked.to ? Math.floor(seconds(asked.to)) : Math.floor(NOW / 1000)];
  const threshold = asked.threshold ?? 10;
  const states = statesOf(threshold, from, to);
  const transitions = states.slice(1).map((state, i) => moveInto(state, i, states, threshold));
  const end = (i) => (i + 1 < states.length ? seconds(states[i + 1].at) : to);
  const sum = {
    name: asked.alarm, evaluations: Math.floor((to - from) / 10), threshold,
    quiet_threshold: asked.incidents_a_week === undefined ? null : 14,
    states: states.map(({ at, state }) => ({ at, state })), states_total: states.length,
    in_alarm_seconds: states.reduce((all, { at, state }, i) => all + (state === 'ALARM' ? end(i) - seconds(at) : 0), 0),
    incidents: transitions.filter((move) => move.to === 'ALARM').length,
  };
  return { from: rfc3339(from), to: rfc3339(to), alarms: [sum], transitions, transitions_total: transitions.length, incidents: [], incidents_total: sum.incidents, compared: compared(transitions, lang) };
}

/** The same where nothing is stored. */
export function nothingStored(asked, lang) {
  const result = backtest({ ...asked, threshold: Infinity }, lang);
  result.alarms[0] = { ...result.alarms[0], threshold: 10, states: [{ at: result.from, state: 'INSUFFICIENT_DATA' }], states_total: 1 };
  return { ...result, transitions: [], transitions_total: 0 };
}
