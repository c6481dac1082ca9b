const gateway = require('./gateway/peer');
const requests = require('./gateway/requests');
const { chosenSections, chosenSetups, profiles, quickRows, setups } = require('./scenarios');

const idsOf = (chosen) => chosen.flatMap(({ rows }) => rows.map(({ id }) => id));

it('takes the name of a row for that row alone, and of a scenario for all its rows', () => {
  expect(idsOf(chosenSetups(['refresh']))).toEqual(['refresh']);
  expect(idsOf(chosenSetups(['login-ldap-argon2', 'me']))).toEqual(['me', 'login-ldap-argon2']);
  expect(idsOf(chosenSetups(['ldaps-ssha']))).toEqual(['login-ldaps']);
  expect(idsOf(chosenSetups(undefined))).toEqual(idsOf(setups));
});

it('names what nobody knows', () => {
  expect(() => chosenSetups(['refresh', 'nonsense'])).toThrow(/nothing is called nonsense/);
});

it('takes sections by their names, and all without any', () => {
  expect(chosenSetups(['start'])).toEqual([]);
  expect(chosenSections(['refresh', 'memory'])).toEqual(['memory']);
  expect(chosenSections(undefined)).toHaveLength(4);
  expect(() => chosenSetups(quickRows)).not.toThrow();
});

it('asks for scenarios that the gateway knows, with a client for each connection', () => {
  const asked = setups.flatMap(({ rows }) => rows.map(({ scenario }) => scenario));
  expect(asked.filter((scenario) => !gateway.scenarios.includes(scenario))).toEqual([]);
  expect(asked.filter((scenario) => typeof requests[scenario] !== 'function')).toEqual([]);
  for (const { clients, connections } of Object.values(profiles))
    expect(clients).toBeGreaterThanOrEqual(Math.max(...connections));
});

it('mixes one login, twenty refreshes and two hundred verifies', () => {
  const people = [{ username: 'person-0', password: 'secret' }];
  const client = requests.mix({ people, tokens: [{ access: 'a', refresh: 'r0' }] }, 0, 1);
  const paths = Array.from({ length: 221 }, (_, index) => {
    const { path } = client.next();
    const body = `{"access_token":"a${index}","refresh_token":"r${index + 1}"}`;
    client.take({ status: 200, head: 'remote-user: person-0', body });
    return path;
  });
  const count = (path) => paths.filter((each) => each === path).length;
  expect(count('/api/auth/login')).toBe(1);
  expect(count('/api/auth/refresh')).toBe(20);
  expect(count('/api/auth/verify')).toBe(200);
});
