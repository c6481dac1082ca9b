import type { Logger } from '../../common/logger';
import type { LdapSettings } from '../../config/ldap-settings';
import { StrategyUnavailable } from '../credential-strategy';
import { attributeOptions } from './entry/attributes';
import { entryIdentity, NoUniqueId } from './entry/entry-identity';
import { groupOptions } from './groups/group-options';
import { groupsOf } from './groups/groups';
import type { Describe } from './login-attempt';
import { roleMapping, rolesOf } from './groups/roles';
import { TruncatedAnswer } from './connection/truncated-answer';

export interface DescribePersonOptions {
  readonly strategy: string;
  readonly settings: LdapSettings;
  readonly logger: Logger;
}

/**
 * How the entries of this directory become identities, with groups, roles and attributes.
 * @throws Error that names the setting that cannot be used.
 */
export function personDescriber({ strategy, settings, logger }: DescribePersonOptions): Describe {
  const groups = groupOptions(settings);
  const mapping = roleMapping(settings);
  const attributes = attributeOptions(settings);
  return async (entry, { account, reader, deadline }) => {
    try {
      const found = await groupsOf(entry, reader, groups, deadline);
      const parts = {
        strategy,
        typedName: account,
        groups: found,
        roles: rolesOf(found, mapping),
        attributes,
      };
      const { identity, leftOut } = entryIdentity(entry, parts);
      if (leftOut.length > 0) logger.warn({ strategy, leftOut }, 'Attributes are too large for a session');
      return identity;
    } catch (error) {
      throw explained(strategy, error) ?? error;
    }
  };
}

/** An entry that cannot be described whole is an error: half of somebody's groups would be another person's rights. */
function explained(strategy: string, error: unknown): StrategyUnavailable | undefined {
  if (error instanceof TruncatedAnswer)
    return new StrategyUnavailable(strategy, error.message, { cause: error });
  return error instanceof NoUniqueId ? withoutUniqueId(strategy, error) : undefined;
}

export function withoutUniqueId(strategy: string, error: NoUniqueId): StrategyUnavailable {
  const detail = `the entry has no unique id: ${error.message}; give the searching account the right to read it`;
  return new StrategyUnavailable(strategy, detail, { cause: error });
}
