import type { DirectoryTree } from './slapd';

const baseDn = 'dc=example,dc=com';
const peopleDn = `ou=People,${baseDn}`;

/** The person of the examples of PingDirectory's Directory REST API; clients write `ou=people`, the server answers `ou=People`. */
export const jimBob = {
  uid: 'jimbob',
  dn: `uid=jimbob,${peopleDn}`,
  typedDn: 'uid=jimbob,ou=people,dc=example,dc=com',
  password: 'password',
  /** What `*` gives of the entry. */
  attributes: {
    objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
    sn: ['Bob'],
    cn: ['Jim Bob'],
    givenName: ['Jim'],
    uid: ['jimbob'],
  },
};

/** A person with attributes of every kind: bytes, a time, several values, and further passwords. */
export const richSue = {
  uid: 'richsue',
  dn: `uid=richsue,${peopleDn}`,
  password: 'canary-sue',
  photo: Buffer.from('JFIF valid as UTF-8'),
};

/** No person: an account of a machine, which can bind all the same. */
export const robot = { dn: `cn=robot,${peopleDn}`, password: 'canary-robot' };

/** The tree of those examples. */
export const jimBobTree: DirectoryTree = {
  baseDn,
  entries: [
    { dn: baseDn, objectClass: ['dcObject', 'organization'], o: 'Example', dc: 'example' },
    { dn: peopleDn, objectClass: 'organizationalUnit', ou: 'People' },
    { dn: jimBob.dn, ...jimBob.attributes, userPassword: jimBob.password },
    {
      dn: richSue.dn,
      objectClass: ['inetOrgPerson', 'posixAccount', 'shadowAccount'],
      uid: [richSue.uid, 'Sue, the rich'],
      cn: 'Rich Sue',
      sn: 'Sue',
      uidNumber: '1001',
      gidNumber: '1001',
      homeDirectory: '/home/sue',
      mail: ['sue@example.com', 'rich@example.com'],
      jpegPhoto: richSue.photo,
      // A stored password in an attribute of another name.
      description: ['{SSHA}canary-of-a-hash', 'Rich indeed'],
      userPassword: richSue.password,
      'cn;lang-de': 'Reiche Sue',
    },
    {
      dn: robot.dn,
      objectClass: ['applicationProcess', 'simpleSecurityObject'],
      cn: 'robot',
      userPassword: robot.password,
    },
  ],
};
