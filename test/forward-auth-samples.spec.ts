import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityHeaderNames } from '../src/forward-auth/identity-headers';

/** The samples of proxies that the tests do not run; those of the others are held by running them. */
const sample = (path: string) => readFileSync(join(__dirname, '../deploy', path), 'utf8');

describe('the sample for Traefik', () => {
  const patterns = [
    ...sample('traefik/gatehouse.yml').matchAll(/authResponseHeadersRegex: '\(\?i\)(.+)'/g),
  ].map(([, pattern = '']) => new RegExp(pattern, 'i'));

  it('takes each identity header from the client in every spelling, and no other', () => {
    expect(patterns).toHaveLength(2);
    for (const pattern of patterns) {
      for (const name of identityHeaderNames) {
        const spellings = [
          name,
          name.toLowerCase(),
          name.replaceAll('-', '_'),
          name.replaceAll('-', '~'),
          name.replace('-', '.'),
          name.replace('-', '_'),
        ];
        expect(spellings.filter((spelling) => !pattern.test(spelling))).toEqual([]);
      }
      expect(['X-Auth-Token', 'Remote-Addr', 'X-Remote-User'].filter((name) => pattern.test(name))).toEqual(
        [],
      );
    }
  });

  it('asks for the role wherever the word stands in a path', () => {
    const [, pattern = ''] = /PathRegexp\(`\(\?i\)(.+)`\)/.exec(sample('traefik/gatehouse.yml')) ?? [];
    const matches = (path: string) => new RegExp(pattern, 'i').test(path);
    const ways = ['/admin', '/ADMIN/a', '//admin', '/admin;x/', '/x/..;/admin/', '/\\admin', '/admin.json'];
    expect(ways.filter((path) => !matches(path))).toEqual([]);
    expect(['/administration', '/my-admin-page', '/badmin'].filter(matches)).toEqual([]);
  });

  it('lets no upgrade through but the one that its rule names', () => {
    const text = sample('traefik/gatehouse.yml');
    expect(text).toContain('&& HeaderRegexp(`Upgrade`, `(?i)^websocket$`)\n');
    const chains = [...text.matchAll(/middlewares: \[(.+)\]/g)].map(([, chain = '']) => chain);
    expect(chains).toHaveLength(3);
    expect(chains.filter((chain) => !/no-tunnel|websocket-alone/.test(chain))).toEqual([]);
  });

  it('does not believe what clients write into X-Forwarded-*', () => {
    expect(sample('traefik/gatehouse.yml').match(/trustForwardHeader: false/g)).toHaveLength(2);
  });
});

describe('the sample for Envoy', () => {
  const text = sample('envoy/envoy.yaml');

  it('takes each identity header from the client and sets that of the answer', () => {
    for (const name of identityHeaderNames.map((header) => header.toLowerCase())) {
      expect(text).toContain(`- remove: ${name}\n`);
      expect(text).toContain(`- { exact: ${name} }\n`);
    }
    expect(text).toContain('headers_with_underscores_action: REJECT_REQUEST');
  });

  it('lets nobody in without an answer, and no client choose the roles or make the request one of a foreign page', () => {
    expect(text).toContain('failure_mode_allow: false');
    expect(text).not.toMatch(/exact: (?:x-auth-role|origin|sec-fetch-site)\b/);
  });
});
