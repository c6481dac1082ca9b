import { addressBeginning } from './address-beginning';
import { integer, list, text } from './setting';

const dayInSeconds = 24 * 60 * 60;
/** For DJANGO_IP_EXEMPT_PATHS: a setting without a value would have its default. */
export const noPaths = 'none';

/** What the Django dialect needs to know besides (`COMPAT=django`). */
export const djangoSettings = {
  DJANGO_SESSION_SECONDS: integer({
    default: 3600,
    // Uses count by the second, so that a session of one second would never be led on.
    min: 2,
    max: 30 * dayInSeconds,
    unit: 's',
    meaning:
      'How long a session of the `sessionid` cookie lives after its last request; also the Max-Age of the cookie.',
  }),
  DJANGO_ADMIN_ROLE: text({
    meaning:
      'Role whose bearers get `is_admin: true`; if absent, that of ADMIN_ROLE. It allows nothing here.',
  }),
  DJANGO_ALLOWED_IP_PREFIXES: list({
    type: 'list of beginnings of addresses',
    accept: (item) =>
      addressBeginning(item)
        ? undefined
        : 'must hold addresses or their beginnings such as 10.20. or 2001:db8:, not networks',
    meaning:
      'Beginnings of the client addresses that may use the paths of the dialect and its cookie; a whole address means that one alone. ' +
      'If this and DJANGO_ALLOWED_HOSTNAMES are empty, all may.',
  }),
  DJANGO_ALLOWED_HOSTNAMES: list({
    type: 'list of DNS names',
    foldCase: true,
    accept: (item) => (isHostName(item) ? undefined : 'must hold DNS names such as office.example.org'),
    meaning: 'Names whose addresses of the moment may do so too.',
  }),
  DJANGO_IP_EXEMPT_PATHS: list({
    type: 'list of paths',
    default: '/api/login-ldap/',
    accept: (item) =>
      item.startsWith('/') || item === noPaths ? undefined : 'must hold paths that begin with /, or be none',
    meaning:
      'Paths that every address may use all the same, with or without the slash at the end; `none` where there are none.',
  }),
};

function isHostName(item: string): boolean {
  return item.length <= 253 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/.test(item) && !/^[0-9.]+$/.test(item);
}
