import { largeGroupSize } from './large-groups';

/** The arguments after the database: the member that is a person, and how many there are in all. */
export function largeGroupArguments(memberDn: string): readonly string[] {
  return [memberDn, String(largeGroupSize)];
}

/**
 * Adds a group `crowd` with thousands of members to a stopped domain, on its database: over LDAP it would take minutes. All but one
 * member are contacts, which are cheaper than people.
 */
export const largeGroupScript = `
import sys, ldb
from samba.auth import system_session
from samba.credentials import Credentials
from samba.param import LoadParm
from samba.samdb import SamDB
conf, database, person, size = sys.argv[1:]
lp = LoadParm()
lp.load(conf)
credentials = Credentials()
credentials.guess(lp)
db = SamDB(url=database, session_info=system_session(), credentials=credentials, lp=lp)
unit = 'OU=Crowd,%s' % db.domain_dn()
contacts = ['CN=contact-%d,%s' % (number, unit) for number in range(int(size) - 1)]
db.transaction_start()
db.add({'dn': unit, 'objectClass': 'organizationalUnit'})
for dn in contacts:
    db.add({'dn': dn, 'objectClass': 'contact'})
group = ldb.Message(ldb.Dn(db, 'CN=crowd,%s' % unit))
group['objectClass'] = 'group'
group['sAMAccountName'] = 'crowd'
group['member'] = ldb.MessageElement([person] + contacts, ldb.FLAG_MOD_ADD, 'member')
db.add(group)
db.transaction_commit()
`;
