const { readFileSync } = require('node:fs');
const { Client, InvalidCredentialsError, PasswordPolicyControl } = require('ldapts');
const { filterOf, attributes } = require('./directory-operations');
const { identityOf } = require('./tokens');

const searchConnections = 8;
const bindConnections = 32;

/** A client of the directory; TLS where the address says so. */
function clientOf({ url, caFile }) {
  const tls = url.startsWith('ldaps:') && { tlsOptions: { ca: [readFileSync(caFile)] } };
  return new Client({ url, timeout: 30_000, connectTimeout: 30_000, ...tls });
}

async function serviceClient(directory) {
  const client = clientOf(directory);
  await client.bind(directory.bindDn, directory.bindPassword);
  return client;
}

/** Finds somebody's entry, as the gateway does. */
async function find(client, { baseDn }, username) {
  const options = { scope: 'sub', filter: filterOf(username), attributes, sizeLimit: 2 };
  const { searchEntries } = await client.search(baseDn, options);
  return searchEntries[0];
}

/** True when the password is right. The connection is the user's afterwards, and may be bound as another. */
async function bind(client, dn, password) {
  try {
    await client.bind(dn, password, new PasswordPolicyControl());
    return true;
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return false;
    throw error;
  }
}

/** Lends its members to one at a time; who finds none waits. */
class Pool {
  constructor(members) {
    this.free = members;
    this.waiting = [];
  }

  async lend(task) {
    const member = this.free.pop() ?? (await new Promise((resolve) => this.waiting.push(resolve)));
    try {
      return await task(member);
    } finally {
      const next = this.waiting.shift();
      if (next) next(member);
      else this.free.push(member);
    }
  }
}

/**
 * A login by LDAP as cheap as it can be: a search over kept connections of the service account, and a bind over a kept connection of
 * its own, since a bind ends what else is on its connection (RFC 4511 section 4.2.1). As many connections as the gateway has.
 */
async function openLdapCheck({ directory }) {
  const searchers = await Promise.all(
    Array.from({ length: searchConnections }, () => serviceClient(directory)),
  );
  const binders = new Pool(Array.from({ length: bindConnections }, () => clientOf(directory)));
  let turn = 0;
  return async (username, password) => {
    const entry = await find(searchers[turn++ % searchers.length], directory, username);
    if (!entry) return undefined;
    const isRight = await binders.lend((client) => bind(client, entry.dn, password));
    if (!isRight) return undefined;
    const { cn: displayName, mail: email, memberOf } = entry;
    const groups = memberOf.map((dn) => dn.slice(3, dn.indexOf(',')));
    return {
      ...identityOf('ldap', username),
      subject: `ldap:${entry.entryUUID}`,
      displayName,
      email,
      groups,
      roles: [],
    };
  };
}

module.exports = { bind, clientOf, find, openLdapCheck, serviceClient };
