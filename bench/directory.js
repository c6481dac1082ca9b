// One slapd for everybody: the same 1,000 people twice, with passwords that are cheap to check ({SSHA}, so that what is measured is the
// way there) and as costly as OpenLDAP recommends ({ARGON2} with slapd's defaults, so that the directory is the limit).
const { execFileSync } = require('node:child_process');
const { createHash, randomBytes } = require('node:crypto');
const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { end, freePort, onFreePorts, spawnLogged, untilAnswers } = require('./processes');

const slapd = '/usr/sbin/slapd';
const root = 'dc=example,dc=org';
const bindDn = `cn=gateway,ou=services,${root}`;
const bindPassword = 'service-secret';
const password = 'correct horse battery';
const peopleCount = 1000;
const groupCount = 40;
const groupsOfEach = 4;
const hashes = ['ssha', 'argon2'];

/** The people, who all have the same password, as one of the two trees knows them. */
function peopleOf(hash) {
  return Array.from({ length: peopleCount }, (_, index) => ({
    username: `person-${index}`,
    password,
    dn: `uid=person-${index},ou=people,ou=${hash},${root}`,
  }));
}

/** Why there is no directory here; undefined where there is one. */
function whyNoDirectory() {
  const missing = [slapd, '/usr/sbin/slapadd', '/usr/bin/openssl', '/usr/lib/ldap/argon2.so'].filter(
    (path) => !existsSync(path),
  );
  return missing.length > 0 ? `${missing.join(', ')} missing (slapd, slapd-contrib, openssl)` : undefined;
}

function certificatesIn(folder) {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const request = ['req', '-newkey', 'rsa:2048', '-nodes'];
  openssl(...request, '-x509', '-days', '30', '-subj', '/CN=Bench CA', '-keyout', 'ca.key', '-out', 'ca.crt');
  openssl(...request, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
  writeFileSync(join(folder, 'server.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30'];
  openssl('x509', '-req', ...signer, '-in', 'server.csr', '-extfile', 'server.ext', '-out', 'server.crt');
}

function configOf(folder) {
  return `
${['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
moduleload argon2
pidfile ${folder}/slapd.pid
threads 16
TLSCACertificateFile ${folder}/ca.crt
TLSCertificateFile ${folder}/server.crt
TLSCertificateKeyFile ${folder}/server.key
database mdb
suffix ${root}
rootdn cn=admin,${root}
directory ${folder}/db
maxsize 268435456
dbnosync
index objectClass,uid,mail,member,memberOf,entryUUID eq
access to attrs=userPassword by self =xw by anonymous auth by * none
access to * by dn.exact="${bindDn}" read by users read by * none
overlay memberof
overlay ppolicy
ppolicy_default "cn=default,ou=policies,${root}"
`;
}

function hashOf(hash) {
  if (hash === 'argon2') {
    const options = ['-o', 'module-load=argon2', '-h', '{ARGON2}', '-s', password];
    return execFileSync('/usr/sbin/slappasswd', options, { encoding: 'utf8' }).trim();
  }
  const salt = randomBytes(8);
  const digest = createHash('sha1').update(password).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`;
}

function entry(lines) {
  return `${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n`;
}

function unit(name, parent) {
  return entry([
    ['dn', `ou=${name},${parent}`],
    ['objectClass', 'organizationalUnit'],
    ['ou', name],
  ]);
}

const groupDn = (hash, number) => `cn=group-${number},ou=groups,ou=${hash},${root}`;
const groupsOf = (index) => Array.from({ length: groupsOfEach }, (_, n) => (index + n * 7) % groupCount);

function treeOf(hash) {
  const tree = `ou=${hash},${root}`;
  const userPassword = hashOf(hash);
  const people = peopleOf(hash).map(({ username, dn }, index) =>
    entry([
      ...[
        ['dn', dn],
        ['objectClass', 'inetOrgPerson'],
      ],
      ...[
        ['uid', username],
        ['cn', `Person ${index}`],
        ['givenName', 'Person'],
        ['sn', `Number ${index}`],
      ],
      ...[
        ['mail', `${username}@example.org`],
        ['title', 'Engineer'],
        ['userPassword', userPassword],
      ],
      // The overlay does not run in slapadd.
      ...groupsOf(index).map((number) => ['memberOf', groupDn(hash, number)]),
    ]),
  );
  const groups = Array.from({ length: groupCount }, (_, number) =>
    entry([
      ...[
        ['dn', groupDn(hash, number)],
        ['objectClass', 'groupOfNames'],
        ['cn', `group-${number}`],
      ],
      ...peopleOf(hash)
        .filter((_person, index) => groupsOf(index).includes(number))
        .map(({ dn }) => ['member', dn]),
    ]),
  );
  return [unit(hash, root), unit('people', tree), unit('groups', tree), ...people, ...groups].join('');
}

function entries() {
  const service = [
    ...[
      ['dn', bindDn],
      ['objectClass', 'applicationProcess'],
      ['objectClass', 'simpleSecurityObject'],
    ],
    ...[
      ['cn', 'gateway'],
      ['userPassword', bindPassword],
    ],
  ];
  const policy = [
    ...[
      ['dn', `cn=default,ou=policies,${root}`],
      ['objectClass', 'device'],
      ['objectClass', 'pwdPolicy'],
    ],
    ...[
      ['cn', 'default'],
      ['pwdAttribute', 'userPassword'],
    ],
  ];
  const top = [
    ['dn', root],
    ['objectClass', 'dcObject'],
    ['objectClass', 'organization'],
    ['o', 'Example'],
    ['dc', 'example'],
  ];
  return [
    entry(top),
    unit('services', root),
    unit('policies', root),
    entry(service),
    entry(policy),
    ...hashes.map(treeOf),
  ].join('');
}

/** The directory of a tree over ldap:// or ldaps://, as a peer is given it. */
function placeOf({ folder, port, tlsPort }, { hash, isTls }) {
  return {
    url: isTls ? `ldaps://127.0.0.1:${tlsPort}` : `ldap://127.0.0.1:${port}`,
    caFile: join(folder, 'ca.crt'),
    baseDn: `ou=people,ou=${hash},${root}`,
    bindDn,
    bindPassword,
    userAttribute: 'uid',
    policyDn: `cn=default,ou=policies,${root}`,
  };
}

/**
 * Starts it in a folder of its own. Gives `{ pid, place({ hash, isTls }), people(hash), stop }`.
 * @throws Error when it is not installed; see whyNoDirectory
 */
async function startDirectory(parent) {
  const folder = join(parent, 'directory');
  mkdirSync(join(folder, 'db'), { recursive: true });
  certificatesIn(folder);
  const configFile = join(folder, 'slapd.conf');
  writeFileSync(configFile, configOf(folder));
  execFileSync('/usr/sbin/slapadd', ['-q', '-f', configFile, '-b', root], {
    input: entries(),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  return onFreePorts(async () => {
    const ports = { folder, port: await freePort(), tlsPort: await freePort() };
    const logFile = join(folder, `slapd-${ports.port}.log`);
    const urls = `ldap://127.0.0.1:${ports.port} ldaps://127.0.0.1:${ports.tlsPort}`;
    // At level 0 it stays in the foreground and says nothing but faults.
    const child = spawnLogged(slapd, ['-f', configFile, '-d', '0', '-h', urls], { logFile });
    await untilAnswers(child, ports.port, logFile);
    return {
      pid: child.pid,
      place: (which) => placeOf(ports, which),
      people: peopleOf,
      stop: () => end(child),
    };
  });
}

module.exports = { password, peopleOf, startDirectory, whyNoDirectory };
