import type { Client } from 'ldapts';
import { deadlineOf, readerOn } from './doctor-people';
import type { Patient, Plan } from './doctor-plan';
import type { LockoutPolicy } from '../lockout/lockout-policy';
import { readGeneralPolicies } from '../lockout/read-policy';
import { type Finding, ok, warn } from '../../doctor-step';

const mostPolicies = 2;

/** The directory's lockout against our own limit on logins. */
export async function judgePolicy(client: Client, plan: Plan, { throttle }: Patient): Promise<Finding> {
  const policies = await readGeneralPolicies(
    readerOn(client, plan),
    plan.options.people.baseDn,
    deadlineOf(plan),
  );
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

function duration(seconds: number): string {
  const units = [
    ['days', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const fitting = units.find(([, size]) => seconds >= size && seconds % size === 0);
  return fitting === undefined ? `${seconds} s` : `${seconds / fitting[1]} ${fitting[0]}`;
}
