import type { Client } from 'ldapts';
import type { DirectoryEntry } from '../entry/directory-entry';
import { entriesOf, readEntry, readerOn } from './doctor-people';
import type { Patient, Plan } from './doctor-plan';
import { namingContexts, readRootDse, vendorOf } from './doctor-root-dse';
import { type Finding, ok, warn } from '../../doctor-step';
import type { DirectoryReader } from '../connection/search-request';

/** When the directory locks an account, and how long passwords live. */
export interface LockoutPolicy {
  readonly source: string;
  /** Undefined or 0: never. */
  readonly failures: number | undefined;
  /** Failures within this time count together; 0: until a login succeeds. */
  readonly windowSeconds: number | undefined;
  readonly lockedSeconds: number | undefined;
  readonly maxAgeSeconds: number | undefined;
}

const domainAttributes = ['lockoutThreshold', 'lockOutObservationWindow', 'lockoutDuration', 'maxPwdAge'];
const policyAttributes = [
  'pwdLockout',
  'pwdMaxFailure',
  'pwdFailureCountInterval',
  'pwdLockoutDuration',
  'pwdMaxAge',
];
/** An interval of Active Directory counts 100 ns and is negative (MS-ADTS 3.1.1.3.4.1). */
const ticksPerSecond = 10_000_000;

const mostPolicies = 2;

/** The directory's lockout against our own limit on logins. */
export async function judgePolicy(client: Client, plan: Plan, { throttle }: Patient): Promise<Finding> {
  const policies = await readPolicies(client, plan);
  if (policies.length === 0) {
    return { status: 'skipped', detail: 'no password policy that the searching account may read' };
  }
  const detail = policiesText(policies);
  const tight = policies.find((policy) => locksFirst(policy, throttle));
  if (tight === undefined) return ok(detail);
  const ours = `one address may try ${throttle.maxLogins} logins in ${duration(throttle.windowMs / 1000)}`;
  const words = `${detail}; ${ours}, enough to lock somebody out of the directory`;
  return warn(words, 'RATE_LIMIT_AUTH_MAX');
}

/** Whether somebody at one address could lock an account before we stop them. */
export function locksFirst(
  { failures, windowSeconds }: LockoutPolicy,
  throttle: Patient['throttle'],
): boolean {
  if (!failures) return false;
  // A window of ours may end and a new one begin while the directory still counts; without an end it counts for ever.
  const windows = windowSeconds ? Math.ceil((windowSeconds * 1000) / throttle.windowMs) : Infinity;
  return throttle.maxLogins * windows >= failures;
}

async function readPolicies(client: Client, plan: Plan): Promise<readonly LockoutPolicy[]> {
  const reader = readerOn(client, plan);
  const rootDse = await readRootDse(client);
  const vendor = vendorOf(rootDse);
  if (vendor !== 'active-directory' && vendor !== 'samba') {
    return openLdapPolicies(reader, plan, namingContexts(rootDse)[0] ?? plan.options.people.baseDn);
  }
  const domain = rootDse.text('defaultNamingContext') ?? plan.options.people.baseDn;
  const entry = await readEntry(reader, plan, domain, domainAttributes);
  return entry?.text('lockoutThreshold') === undefined ? [] : [domainPolicy(entry)];
}

export function domainPolicy(entry: DirectoryEntry): LockoutPolicy {
  return {
    source: 'the domain',
    failures: number(entry, 'lockoutThreshold'),
    windowSeconds: interval(entry, 'lockOutObservationWindow'),
    lockedSeconds: interval(entry, 'lockoutDuration'),
    maxAgeSeconds: interval(entry, 'maxPwdAge'),
  };
}

/** draft-behera-ldap-password-policy section 5.2: any of the policies may be somebody's. */
async function openLdapPolicies(
  reader: DirectoryReader,
  plan: Plan,
  baseDn: string,
): Promise<readonly LockoutPolicy[]> {
  const entries = await entriesOf(reader, plan, baseDn, 'pwdPolicy', policyAttributes);
  return entries.map(subentryPolicy);
}

export function subentryPolicy(entry: DirectoryEntry): LockoutPolicy {
  const locks = entry.text('pwdLockout')?.toUpperCase() === 'TRUE';
  return {
    source: entry.dn,
    failures: locks ? number(entry, 'pwdMaxFailure') : undefined,
    windowSeconds: number(entry, 'pwdFailureCountInterval'),
    lockedSeconds: number(entry, 'pwdLockoutDuration'),
    maxAgeSeconds: number(entry, 'pwdMaxAge'),
  };
}

/** Those that lock first; a directory may hold one policy for each kind of account. */
function policiesText(policies: readonly LockoutPolicy[]): string {
  const rank = ({ failures }: LockoutPolicy) => failures || Infinity;
  const first = [...policies].sort((a, b) => Math.sign(rank(a) - rank(b) || 0)).slice(0, mostPolicies);
  const more = policies.length - first.length;
  return [...first.map(policyText), ...(more > 0 ? [`and ${more} more policies`] : [])].join('; ');
}

function policyText({
  source,
  failures,
  windowSeconds,
  lockedSeconds,
  maxAgeSeconds,
}: LockoutPolicy): string {
  const within = windowSeconds ? ` within ${duration(windowSeconds)}` : '';
  const until = lockedSeconds ? `for ${duration(lockedSeconds)}` : 'until an administrator helps';
  const lock = failures ? `locks after ${failures} failures${within}, ${until}` : 'never locks';
  const age = maxAgeSeconds ? `passwords end after ${duration(maxAgeSeconds)}` : 'passwords never end';
  return `${source}: ${lock}, ${age}`;
}

function number(entry: DirectoryEntry, attribute: string): number | undefined {
  const text = entry.text(attribute);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** The most negative number means `never`, which is no time at all here. */
function interval(entry: DirectoryEntry, attribute: string): number | undefined {
  const ticks = number(entry, attribute);
  if (ticks === undefined || ticks < -9e18) return undefined;
  return Math.round(-ticks / ticksPerSecond);
}

function duration(seconds: number): string {
  const units = [
    ['days', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const fitting = units.find(([, size]) => seconds >= size && seconds % size === 0);
  return fitting === undefined ? `${seconds} s` : `${seconds / fitting[1]} ${fitting[0]}`;
}
