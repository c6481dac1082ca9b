import { Deadline } from '../outbound/deadline';
import type { DirectoryReader, SearchRequest } from './connection/search-request';
import { DirectoryEntry } from './entry/directory-entry';
import { UserFilter } from './entry/user-filter';
import { PeopleSearch } from './people-search';

const uniqueId = '0123abcd-0000-4000-8000-000000000001';
const shown = { attributes: ['uid'], binaryAttributes: [] };

/** Remembers what it was asked and finds one entry. */
class Reader implements DirectoryReader {
  readonly requests: SearchRequest[] = [];

  search(request: SearchRequest): Promise<DirectoryEntry[]> {
    this.requests.push(request);
    return Promise.resolve([new DirectoryEntry('uid=alice,dc=x', { uid: 'alice' })]);
  }
}

function searchBy(text: string): { readonly reader: Reader; readonly people: PeopleSearch } {
  const reader = new Reader();
  const options = { baseDn: 'dc=x', userFilter: new UserFilter(text), ...shown };
  return { reader, people: new PeopleSearch(reader, options) };
}

describe('what is shown of an entry', () => {
  it('is asked for with all that proves whose it is, because another may have taken its place', async () => {
    const { reader, people } = searchBy('(&(uid={username})(mail=*))');
    const dn = 'uid=alice,dc=x';
    expect(await people.showing({ dn, uniqueId }, shown, Deadline.in(1000))).toBeDefined();
    expect(reader.requests).toMatchObject([{ baseDn: dn, scope: 'base', mayBeMissing: true }]);
    const filter = reader.requests[0]?.filter.toString() ?? '';
    expect(filter).toContain(`(entryUUID=${uniqueId})`);
    expect(filter).toContain('(mail=*)');
  });

  it('is nothing for an id that no server gives', async () => {
    const { reader, people } = searchBy('(uid={username})');
    expect(await people.showing({ dn: 'dc=x', uniqueId: '*' }, shown, Deadline.in(1000))).toBeUndefined();
    expect(reader.requests).toEqual([]);
  });
});

it('reads of an entry with a DN the attributes that hold its login name', async () => {
  const { reader, people } = searchBy('(employeeNumber={username})');
  const dn = { text: 'cn=a,dc=x', key: 'cn=a,dc=x', name: undefined };
  expect(await people.namesAt(dn, Deadline.in(1000))).toEqual([]);
  expect(reader.requests).toMatchObject([{ attributes: ['uid', 'employeeNumber'] }]);
});
