import { dnKey } from '../../../common/distinguished-name';
import { type LockoutPolicy, lockoutOf } from './lockout-policy';
import type { GeneralPolicyPlace } from './read-policy';

/**
 * What an operator should know of the general policies that were read: that the named one is not among them, or that of several the
 * strictest counts. Undefined where nothing had to be chosen. It holds a DN of the directory and the setting to change.
 */
export function choiceNote(
  policies: readonly LockoutPolicy[],
  { defaultPolicyDn }: Pick<GeneralPolicyPlace, 'defaultPolicyDn'>,
): string | undefined {
  if (isNamed(policies, defaultPolicyDn)) return undefined;
  const strictest = strictestOf(policies);
  const taken =
    strictest && `${strictest.source} is the strictest and counts for everybody without one of their own`;
  if (defaultPolicyDn !== undefined) {
    const fault = 'LDAP_LOCKOUT_POLICY_DN names no password policy that may be read';
    return taken === undefined ? fault : `${fault}; ${taken}`;
  }
  return (
    taken &&
    `The directory does not say which password policy is its default: ${taken}; LDAP_LOCKOUT_POLICY_DN would name the default`
  );
}

function isNamed([policy]: readonly LockoutPolicy[], dn: string | undefined): boolean {
  return policy !== undefined && dn !== undefined && dnKey(policy.source) === dnKey(dn);
}

/** Undefined where no policy locks sooner than another. */
function strictestOf(policies: readonly LockoutPolicy[]): LockoutPolicy | undefined {
  const failures = (policy: LockoutPolicy) => lockoutOf(policy)?.failures ?? Infinity;
  const fewest = Math.min(...policies.map(failures));
  const differ = policies.some((policy) => failures(policy) > fewest);
  return differ ? policies.find((policy) => failures(policy) === fewest) : undefined;
}
