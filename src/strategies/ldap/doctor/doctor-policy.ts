import type { Client } from 'ldapts';
import { deadlineOf, readerOn } from './doctor-people';
import type { Patient, Plan } from './doctor-plan';
import { readRootDse } from './doctor-root-dse';
import type { DirectoryReader } from '../connection/search-request';
import type { DirectoryEntry } from '../entry/directory-entry';
import { type Vendor, vendorOf } from '../entry/root-dse';
import { ownPolicyDn } from '../lockout/failure-count';
import { type LockoutPolicy, strictestLockout } from '../lockout/lockout-policy';
import { choiceNote } from '../lockout/policy-choice';
import { readGeneralPolicies, readPolicyAt } from '../lockout/read-policy';
import { type Finding, ok, warn } from '../../doctor-step';

const mostPolicies = 2;

/** What the step is told by those before it. */
export interface PolicyCase extends Pick<Patient, 'mostFailures'> {
  /** Somebody whose own policy should be readable, too. */
  readonly person?: DirectoryEntry | undefined;
}

/** The directory's lockout against our own limit on wrong passwords, which keeps below what can be read of it. */
export async function judgePolicy(client: Client, plan: Plan, of: PolicyCase): Promise<Finding> {
  const reader = readerOn(client, plan);
  const { people, defaultPolicyDn, lockout: preset } = plan.options;
  const own = await ownPolicy(reader, plan, of.person);
  if (own === 'hidden') return warn(hiddenPolicy, 'LDAP_LOCKOUT_THRESHOLD');
  const place = { peopleDn: people.baseDn, defaultPolicyDn };
  const general = preset ? [preset] : await readGeneralPolicies(reader, place, deadlineOf(plan));
  const choice = preset ? undefined : choiceNote(general, place);
  const policies = own ? [own, ...general.filter(({ source }) => source !== own.source)] : general;
  if (policies.length > 0) return withChoice(judgedPolicies(policies, of), choice);
  if (choice !== undefined) return warn(choice, choiceSetting);
  return silence(vendorOf(await readRootDse(client)));
}

const choiceSetting = 'LDAP_LOCKOUT_POLICY_DN';

/** A warning for another reason keeps its setting: that one matters more. */
export function withChoice(finding: Finding, choice: string | undefined): Finding {
  if (choice === undefined) return finding;
  return warn(`${finding.detail}; ${choice}`, finding.setting ?? choiceSetting);
}

/** 389 Directory Server keeps its policy in `cn=config`, FreeIPA in `krbPwdPolicy` entries: both lock, and seldom show when. */
export function silence(vendor: Vendor): Finding {
  const detail =
    'no password policy that the searching account may read; LDAP_LOCKOUT_THRESHOLD would say when accounts lock';
  return vendor === '389-ds' ? warn(detail, 'LDAP_LOCKOUT_THRESHOLD') : { status: 'skipped', detail };
}

const hiddenPolicy =
  'the person has a password policy of their own, which the searching account may not read: if it locks sooner than that of others, ' +
  'strangers can lock the person out of the directory';

async function ownPolicy(
  reader: DirectoryReader,
  plan: Plan,
  person: DirectoryEntry | undefined,
): Promise<LockoutPolicy | 'hidden' | undefined> {
  const dn = person && ownPolicyDn(person);
  if (dn === undefined) return undefined;
  return (await readPolicyAt(reader, dn, deadlineOf(plan))) ?? 'hidden';
}

/** What keeps below the strictest policy keeps below all of them. */
export function judgedPolicies(
  policies: readonly LockoutPolicy[],
  { mostFailures }: Pick<Patient, 'mostFailures'>,
): Finding {
  const detail = policiesText(policies);
  const lockout = strictestLockout(policies);
  if (lockout === undefined) return ok(detail);
  const most = mostFailures(lockout);
  if (most < lockout.failures) {
    return ok(`${detail}; the gateway lets ${failuresText(most)} of an account through at most`);
  }
  const ours = Number.isFinite(most) ? failuresText(most) : 'any number of wrong passwords';
  const words = `${detail}; the gateway lets ${ours} of an account through, enough to lock somebody out of the directory`;
  return warn(words, 'LOCKOUT_MAX_FAILURES');
}

function failuresText(count: number): string {
  return count === 1 ? '1 wrong password' : `${count} wrong passwords`;
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
