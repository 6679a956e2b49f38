// What the settings screens ask and change.
import { call, segment, type Finding, type Page } from '../api';

// --- the ops folder ---
export interface FileChange {
  file: string;
  change: 'added' | 'changed' | 'removed';
}
export interface OpsFolder {
  digest: string;
  loaded_by: { sequence: number; at: string; actor: string } | null;
  /** null: the server runs without one; then nothing of the below is there. */
  directory: string | null;
  sound?: boolean;
  files?: { name: string; bytes: number; digest: string; in_force: boolean }[];
  changes?: FileChange[];
  findings?: Finding[];
  defaults?: { file: string; path: string; value: string; why: string }[];
}
export interface Reloaded {
  dry_run: boolean;
  sound: boolean;
  digest: string;
  files: FileChange[];
  differences: { section: string; name: string; change: FileChange['change'] }[];
  findings: Finding[];
}
export const getOps = () => call<OpsFolder>('GET', '/ops');
export const reloadOps = (dryRun: boolean) => call<Reloaded>('POST', '/ops/reload', { dry_run: dryRun });

export type Row = Record<string, unknown>;
export type Document = Record<string, Row[] | Row | string>;
export const getDocument = () => call<Document>('GET', '/document');

export interface Hours {
  always: boolean;
  weekdays?: string[];
  from?: string;
  to?: string;
  zone?: string;
}
export interface ContactRow {
  name: string;
  title: string;
  channels: string[];
  open: Hours;
}

// --- people ---
export interface User {
  name: string;
  roles: string[];
  disabled: boolean;
  tokens: number;
  sessions: number;
}
export interface Rights {
  roles: string[];
  rights: { right: string; what: string; roles: string[] }[];
}
export interface Session {
  id: string;
  user: string;
  created_at: string;
  last_seen_at: string;
  ends_at: string;
  current: boolean;
}
export const getRights = () => call<Rights>('GET', '/rights');
export const getUsers = async () => (await call<{ users: User[] }>('GET', '/users')).users;
export const changeUser = (name: string, change: Partial<Pick<User, 'roles' | 'disabled'>>) =>
  call<User>('POST', `/users/${segment(name)}`, change);
export const signOutUser = (name: string) => call<unknown>('DELETE', `/users/${segment(name)}/sessions`, {});
export const getSessions = async () => (await call<{ sessions: Session[] }>('GET', '/sessions')).sessions;
export const endSession = (id: string) => call<unknown>('DELETE', `/sessions/${segment(id)}`, {});
export const makeLink = (user: string) => call<{ path: string }>('POST', '/tokens/link', { user });

// --- tokens ---
export interface Token {
  id: string;
  user: string;
  role: string;
  name: string;
  created_at: string;
  /** RFC 3339, or "never". */
  expires_at: string;
  last_used_at: string | null;
}
export interface NewToken {
  user: string;
  role: string;
  name: string;
  days: number;
}
export const getTokens = async () => (await call<{ tokens: Token[] }>('GET', '/tokens')).tokens;
export const makeToken = (token: NewToken) => call<Token & { token: string }>('POST', '/tokens', token);
export const revokeToken = (id: string) => call<unknown>('DELETE', `/tokens/${segment(id)}`, {});

// --- channels ---
export type ChannelPage = Page & { incident: string };
export interface ChannelContact {
  name: string;
  title: string;
  person: string;
  address: string;
}
export interface ChannelDetail {
  name: string;
  type: string;
  configured: boolean;
  reason: string;
  settings: { key: string; value: string }[];
  contacts: ChannelContact[];
  pages: ChannelPage[];
}
export const getChannels = async () => (await call<{ channels: ChannelDetail[] }>('GET', '/channels')).channels;
export const testChannel = async (name: string, address: string) =>
  (await call<{ page: { pages: string[] } }>('POST', `/channels/${segment(name)}/test`, { address })).page.pages;

// --- about ---
export interface About {
  release: string;
  started_at: string | null;
  licence: string;
  listen?: string[];
  data?: string;
  disk_low?: boolean;
  free_bytes?: number;
  total_bytes?: number;
}
export const getAbout = () => call<About>('GET', '/about');
