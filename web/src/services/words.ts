// How services and their replicas are called: states, sentences, ends.
import type { Look } from '../shell/states';
import { t, type Key } from '../text';
import type { Balancer, Service, Task } from './api';

export function serviceLook(service: Service): Look {
  if (service.state === 'failing') return { tone: 'crit', icon: 'alert', word: t('service.failing'), solid: true };
  if (service.state === 'stopping') return { tone: 'mute', icon: 'hold', word: t('service.stopping') };
  if (service.desired === 0) return { tone: 'mute', icon: 'hold', word: t('service.none_wanted') };
  if (service.healthy >= service.desired) return { tone: 'ok', icon: 'ok', word: t('service.well') };
  if (service.pending > 0) return { tone: 'run', icon: 'run', word: t('service.starting') };
  return { tone: 'warn', icon: 'warn', word: t('service.too_few') };
}

/** What a balancer does not do as it should; null where all is well or none is known. */
export function balancerLook(balancer: Balancer | null): Look | null {
  if (balancer?.state === 'behind') return { tone: 'warn', icon: 'run', word: t('service.balancer_behind') };
  if (balancer?.state === 'unreachable') return { tone: 'warn', icon: 'off', word: t('service.balancer_unreachable') };
  return null;
}

/** How it stands, as one sentence with its figures. */
export function serviceSentence(service: Service): string {
  const values = { service: service.name, healthy: service.healthy, desired: service.desired, pending: service.pending };
  if (service.state === 'stopping') return t('service.say_stopping', values);
  if (service.state === 'failing') return t('service.say_failing', { ...values, n: service.failures });
  if (service.desired === 0) return t('service.say_none_wanted', values);
  if (service.healthy >= service.desired) return t('service.say_well', values);
  return t(service.pending > 0 ? 'service.say_starting' : 'service.say_too_few', values);
}

const stopsItself = (task: Task) =>
  task.stop_code === 'EssentialContainerExited' || task.stop_code === 'TaskFailedToStart';

export function taskLook(task: Task): Look {
  switch (task.last_status) {
    case 'RUNNING':
      if (task.health === 'HEALTHY') return { tone: 'ok', icon: 'ok', word: t('task.healthy') };
      if (task.health === 'UNHEALTHY') return { tone: 'crit', icon: 'fail', word: t('task.unhealthy') };
      return { tone: 'ok', icon: 'done', word: t('task.running') };
    case 'STOPPED':
      return stopsItself(task)
        ? { tone: 'warn', icon: 'xbox', word: t('task.ended') }
        : { tone: 'mute', icon: 'hold', word: t('task.stopped') };
    case 'DEACTIVATING':
    case 'STOPPING':
    case 'DEPROVISIONING':
      return { tone: 'mute', icon: 'run', word: t('task.stopping') };
    default:
      return { tone: 'run', icon: 'run', word: t('task.starting') };
  }
}

// Linux' numbers of the signals that end processes.
const SIGNALS: Record<number, string> = {
  1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE', 9: 'SIGKILL',
  11: 'SIGSEGV', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM', 24: 'SIGXCPU', 31: 'SIGSYS',
};

/** How its process ended: "exit code 1", "ended by SIGKILL"; '' while it runs. */
export function exitText(task: Task): string {
  if (task.last_status !== 'STOPPED') return '';
  if (task.exit_code === null) return task.started_at ? t('task.exit_unseen') : t('task.exit_never_ran');
  if (task.exit_code <= 128) return t('task.exit_code', { code: task.exit_code });
  const number = task.exit_code - 128;
  return t('task.exit_signal', { signal: SIGNALS[number] ?? number });
}

const CODES: Record<string, Key> = {
  TaskFailedToStart: 'task.code_failed_to_start',
  EssentialContainerExited: 'task.code_exited',
  UserInitiated: 'task.code_user',
  ServiceSchedulerInitiated: 'task.code_scheduler',
};

/** Why it stopped or is unwell: the kind in the reader's language; details are the server's words. */
export function stopText(task: Task): string {
  const key = task.stop_code ? CODES[task.stop_code] : undefined;
  return key ? t(key) : '';
}

/** The beginning of an id that people tell one another. */
export const shortId = (id: string) => id.slice(0, 8);
