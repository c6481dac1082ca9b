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
        const spellings = [name, name.toLowerCase(), name.replaceAll('-', '_'), name.replace('-', '_')];
        expect(spellings.filter((spelling) => !pattern.test(spelling))).toEqual([]);
      }
      expect(['X-Auth-Token', 'Remote-Addr', 'X-Remote-User'].filter((name) => pattern.test(name))).toEqual(
        [],
      );
    }
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
