import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { DoctorCli, failed, stepOf } from './support/doctor-cli';
import { ServiceBench } from './support/doctored-service';

const cli = new DoctorCli();
const bench = new ServiceBench();
let slapd: Slapd;

beforeAll(async () => {
  await bench.start();
  slapd = await startSlapd();
});
afterAll(async () => {
  await slapd?.remove();
  await bench.stop();
  cli.remove();
});

describe('the second source', () => {
  it('is examined too, though it takes no logins', async () => {
    const env = { ...(await bench.service()), ...slapd.variables, EXTERNAL_AUTH_SHADOW: 'ldap' };
    const found = await cli.report(env);
    expect(failed(found)).toEqual([]);
    expect(stepOf(found, 'shadow')?.detail).toMatch(
      /looked up in ldap, which has its own steps \(--strategy ldap\)/,
    );
    expect([...new Set(found.steps.map(({ strategy }) => strategy))]).toEqual(['external', 'ldap']);
    const alone = await cli.report(env, '--strategy', 'ldap', '--user', 'alice');
    expect(alone.claims['ldap']).toMatchObject({ preferred_username: 'alice' });
    expect(slapd.countBinds(people.alice.dn)).toBe(0);
  });

  it('must be one that can be searched', async () => {
    const ldap = { LDAP_URL: slapd.url, LDAP_DOMAIN: 'example.org', LDAP_BIND_MODE: 'upn' };
    const env = { ...(await bench.service()), ...ldap, EXTERNAL_AUTH_SHADOW: 'ldap' };
    const found = await cli.report(env, '--strategy', 'external');
    expect(failed(found)).toMatchObject([{ step: 'shadow', setting: 'EXTERNAL_AUTH_SHADOW' }]);
  });

  it('may be a users file', async () => {
    const file = join(cli.folder, 'users.json');
    writeFileSync(file, '{"users":[]}');
    const found = await cli.report({
      ...(await bench.service()),
      EXTERNAL_AUTH_SHADOW: 'file',
      USERS_FILE: file,
    });
    expect(found.steps.at(-1)).toMatchObject({ strategy: 'file', step: 'users-file', status: 'ok' });
    expect(failed(found)).toEqual([]);
  });
});
