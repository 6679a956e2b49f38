// What is watched, as the server tells it.
import { call } from '../api';

export type TargetKind = 'scrape' | 'probe' | 'host' | 'balancer' | 'log' | 'file';
export type TargetState = 'up' | 'down' | 'unknown';

export interface ProbeFacts {
  type: 'http' | 'tcp' | 'tls' | 'dns' | 'postgres';
  failed_layer: string;
  phases: { name: string; seconds: number }[];
  http_status: number | null;
  certificate_expires_at: string | null;
}

export interface Target {
  /** Kind and name: "probe:app". */
  id: string;
  kind: TargetKind;
  name: string;
  job: string;
  target: string;
  service: string;
  state: TargetState;
  since: string | null;
  error: string;
  /** A word for the error. */
  reason: string;
  last_at: string | null;
  duration_seconds: number | null;
  /** Null: it is heard, not asked. */
  interval_seconds: number | null;
  next_at: string | null;
  samples: number;
  labels: Record<string, string>;
  probe: ProbeFacts | null;
}

export interface Sample {
  series: string;
  labels: Record<string, string>;
  /** A number, NaN, +Inf or -Inf. */
  value: string;
  at: string;
  /** The series has stopped since. */
  ended: boolean;
}

export interface Samples {
  samples: Sample[];
  /** That match. */
  total: number;
  from: string;
}

const segment = encodeURIComponent;

export const getTargets = async () => (await call<{ targets: Target[] }>('GET', '/targets')).targets;
export const getTarget = (id: string) => call<Target>('GET', `/targets/${segment(id)}`);
export const getSamples = (id: string, match: string) =>
  call<Samples>('GET', `/targets/${segment(id)}/samples?match=${segment(match)}`);
