import { Client } from 'ldapts';
import { bindService, bindUser } from './user-bind';

/** Would connect at the first request. */
const client = new Client({ url: 'ldap://127.0.0.1:1', connectTimeout: 500 });

describe.each([
  ['bindUser', bindUser],
  ['bindService', bindService],
])('%s', (_, bind) => {
  it.each([
    ['', 'secret'],
    ['EXTERNAL', 'dn:cn=admin'],
    ['PLAIN', 'secret'],
    ['DIGEST-MD5', 'secret'],
    ['SCRAM-SHA-1', 'secret'],
    ['alice', 'secret'],
    ['uid=alice,dc=example,dc=org', ''],
    ['alice@example.org', ''],
  ])('sends nothing for the name %j and the password %j', async (name, password) => {
    const connect = jest.spyOn(client, 'bind');
    await expect(bind(client, name, password)).rejects.toThrow(/bind/);
    expect(connect).not.toHaveBeenCalled();
    connect.mockRestore();
  });

  it('throws what ldapts throws when nobody answers', async () => {
    await expect(bind(client, 'uid=alice', 'secret')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
