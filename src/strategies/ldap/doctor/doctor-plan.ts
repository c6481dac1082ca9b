import type { LdapSettings } from '../../../config/ldap-settings';
import type { SourceLockout } from '../../account-at-risk';
import type { Identity } from '../../identity';
import { type AttributeOptions, attributeOptions } from '../entry/attributes';
import { type GroupOptions, groupOptions } from '../groups/group-options';
import { type Finding, ok, type Outcome, settingIn, warn } from '../../doctor-step';
import { type LdapOptions, ldapOptions, type ServiceAccount } from '../ldap-options';
import { type RoleMapping, roleMapping } from '../groups/roles';

/** Who is examined, and what the caller knows that this folder does not. */
export interface Patient {
  readonly strategy: string;
  readonly settings: LdapSettings;
  /** A login name for the dry run. */
  readonly user?: string | undefined;
  /** Our own limit: the most wrong passwords of one account that are tried where the source locks like this. */
  readonly mostFailures: (lockout: SourceLockout) => number;
  /** What the person’s token would hold, and how large it would be: tokens are no business of this folder. */
  readonly judgeToken: (identity: Identity) => Finding;
}

/** What the settings say, ready for use. */
export interface Plan {
  readonly settings: LdapSettings;
  readonly options: LdapOptions;
  readonly groups: GroupOptions;
  readonly roles: RoleMapping;
  readonly attributes: AttributeOptions;
  readonly searcher: Searcher;
}

/** As whom people are searched; `person` means that only the person's own password opens the directory. */
export type Searcher =
  | { readonly kind: 'account'; readonly account: ServiceAccount }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'person' };

/** Reads the settings as a start would. @throws Error that names the setting */
export function planOf(settings: LdapSettings): Outcome<Plan> {
  const options = ldapOptions(settings);
  const plan: Plan = {
    settings,
    options,
    groups: groupOptions(settings),
    roles: roleMapping(settings),
    attributes: attributeOptions(settings),
    searcher: searcherOf(options),
  };
  return { finding: judge(plan), value: plan };
}

function searcherOf({ directory, bind }: LdapOptions): Searcher {
  if (directory.serviceAccount !== undefined) return { kind: 'account', account: directory.serviceAccount };
  return { kind: bind.mode === 'search' ? 'anonymous' : 'person' };
}

function judge({ settings, options, groups }: Plan): Finding {
  const servers = settings.LDAP_URL.length === 1 ? '1 address' : `${settings.LDAP_URL.length} addresses`;
  const { bind, people, warnings } = options;
  const detail = `${servers}, logins by ${bind.mode}, groups by ${groups.mode}, people below ${people.baseDn}`;
  return warnings.length === 0
    ? ok(detail)
    : warn([detail, ...warnings].join('; '), settingIn(warnings.join()));
}
