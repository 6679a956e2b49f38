// Services, their replicas and what those have written, as the server tells it.
import { call, type Alarm, type Entry } from '../api';

export interface ServiceAlarm extends Pick<Alarm, 'name' | 'metric' | 'state' | 'severity' | 'action' | 'since'> {}

export interface Balancer {
  state: 'in_step' | 'behind' | 'unreachable' | 'unknown';
  servers: number;
  reason: string;
}

export interface Service {
  name: string;
  cluster: string;
  state: 'active' | 'failing' | 'stopping';
  desired: number;
  running: number;
  pending: number;
  healthy: number;
  /** Since when so many are healthy. */
  since: string | null;
  /** Starts that failed in a row. */
  failures: number;
  reason: string;
  next_start_at: string | null;
  declared: number | null;
  minimum: number | null;
  maximum: number | null;
  /** Until then no alarm scales it out again. */
  rests_until: string | null;
  cpu_percent: number | null;
  memory_percent: number | null;
  balancer: Balancer | null;
  alarms: ServiceAlarm[];
  incidents: string[];
  /** Oldest first. */
  events: { at: string; message: string }[];
}

/** Declared in the folder, but not run by Hinomi. */
export interface Watched {
  name: string;
  cluster: string;
}

export interface Task {
  id: string;
  service: string;
  host: string;
  port: number | null;
  pid: number | null;
  desired_status: 'RUNNING' | 'STOPPED';
  last_status: string;
  health: 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY';
  health_reason: string;
  stop_code: string | null;
  stopped_reason: string;
  exit_code: number | null;
  created_at: string | null;
  started_at: string | null;
  stopping_at: string | null;
  stopped_at: string | null;
  cpu_percent: number | null;
  memory_percent: number | null;
  cpu_seconds: number;
  resident_bytes: number;
}

export interface Scaling {
  service: string;
  from: number;
  to: number;
  minimum: number;
  maximum: number;
  healthy: number | null;
  already: boolean;
  dry_run: boolean;
  rests_until: string | null;
}

export interface LogChunk {
  text: string;
  cursor: string;
  /** What was to follow is not kept any more. */
  lost: boolean;
  ended: boolean;
}

const segment = encodeURIComponent;

export const getServices = () => call<{ services: Service[]; watched: Watched[] }>('GET', '/services');
export const getTasks = async (name: string) =>
  (await call<{ tasks: Task[] }>('GET', `/services/${segment(name)}/tasks`)).tasks;
export const getStory = async (name: string) =>
  (await call<{ entries: Entry[] }>('GET', `/journal?limit=30&subject=${segment(`service:${name}`)}`)).entries;

const scaling = async (name: string, body: unknown, key = '') =>
  (await call<{ scaling: Scaling }>('POST', `/services/${segment(name)}/scale`, body, key)).scaling;
export const tryScale = (name: string, count: number) => scaling(name, { count, dry_run: true });
export const scale = (name: string, count: number, key: string) => scaling(name, { count }, key);

/** On from `cursor`; with '' the last `tail` lines, or from the oldest with 0. */
export const getLog = (task: string, cursor: string, tail: number, bytes: number) =>
  call<LogChunk>('GET', `/tasks/${segment(task)}/log?cursor=${segment(cursor)}&tail=${tail}&bytes=${bytes}`);
