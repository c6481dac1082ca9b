import { ApiProperty } from '../../common/api-description';
import type { Settings } from '../../config/settings';
import type { Identity } from '../../strategies/identity';

/** A person as Django's login shows them. */
export class DjangoPerson {
  @ApiProperty({ example: 'Alice' })
  readonly first_name!: string;

  @ApiProperty({ example: 'Ångström' })
  readonly last_name!: string;

  @ApiProperty({ example: 'Alice Ångström' })
  readonly full_name!: string;

  @ApiProperty({ description: 'Whether the person has the role in DJANGO_ADMIN_ROLE.' })
  readonly is_admin!: boolean;
}

type AdminSettings = Pick<Settings, 'DJANGO_ADMIN_ROLE' | 'ADMIN_ROLE'>;

/** Every field is there: an empty text stands for what the source does not know, as in Django's own records. */
export function djangoPerson(identity: Identity, settings: AdminSettings): DjangoPerson {
  const { givenName = '', familyName = '', displayName, username, roles } = identity;
  const bothNames = `${givenName} ${familyName}`.trim();
  const adminRole = settings.DJANGO_ADMIN_ROLE ?? settings.ADMIN_ROLE;
  return {
    first_name: givenName,
    last_name: familyName,
    full_name: bothNames === '' ? (displayName ?? username) : bothNames,
    is_admin: adminRole !== undefined && roles.includes(adminRole),
  };
}
