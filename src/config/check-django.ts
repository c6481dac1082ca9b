import { addressBeginning } from './address-beginning';
import { noPaths } from './django-settings';
import type { Settings } from './settings';

const mostPrefixes = 256;
/** Each one may cost a look-up while a request waits. */
const mostHostNames = 16;

type DjangoSettings = Pick<
  Settings,
  | 'COMPAT'
  | 'DJANGO_ALLOWED_IP_PREFIXES'
  | 'DJANGO_ALLOWED_HOSTNAMES'
  | 'DJANGO_ADMIN_ROLE'
  | 'DJANGO_IP_EXEMPT_PATHS'
>;

/** What is wrong with the settings of the Django dialect. */
export function djangoFaults(settings: DjangoSettings): string[] {
  const demands: [boolean, string][] = [
    [
      settings.DJANGO_ALLOWED_IP_PREFIXES.length <= mostPrefixes,
      `DJANGO_ALLOWED_IP_PREFIXES holds more than ${mostPrefixes} entries`,
    ],
    [
      settings.DJANGO_ALLOWED_HOSTNAMES.length <= mostHostNames,
      `DJANGO_ALLOWED_HOSTNAMES holds more than ${mostHostNames} names`,
    ],
    [
      settings.DJANGO_IP_EXEMPT_PATHS.length === 1 || !settings.DJANGO_IP_EXEMPT_PATHS.includes(noPaths),
      `DJANGO_IP_EXEMPT_PATHS holds both ${noPaths} and paths`,
    ],
  ];
  return demands.filter(([isMet]) => !isMet).map(([, fault]) => fault);
}

/** What is no reason not to start. */
export function djangoWarnings(settings: DjangoSettings): string[] {
  const { DJANGO_ALLOWED_IP_PREFIXES: prefixes, DJANGO_ALLOWED_HOSTNAMES: names } = settings;
  const isUnused =
    !settings.COMPAT.includes('django') &&
    (prefixes.length > 0 || names.length > 0 || settings.DJANGO_ADMIN_ROLE !== undefined);
  return [
    ...(isUnused ? ['COMPAT does not hold django, so the settings DJANGO_… have no effect'] : []),
    ...(prefixes.some(endsWithinNumber)
      ? [
          'DJANGO_ALLOWED_IP_PREFIXES has an entry that ends within a number: 10.1 also lets 10.100.0.1 in, 10.1. does not',
        ]
      : []),
  ];
}

function endsWithinNumber(prefix: string): boolean {
  return addressBeginning(prefix)?.endsWithinNumber ?? false;
}
