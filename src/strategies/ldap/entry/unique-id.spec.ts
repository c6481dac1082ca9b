import { DirectoryEntry } from './directory-entry';
import { uniqueIdFilter, uniqueIdOf } from './unique-id';

const guid = '00112233-4455-6677-8899-aabbccddeeff';
// MS-DTYP 2.3.4.2: the first three fields of this GUID, each with its bytes turned round.
const guidBytes = Buffer.from('33221100554477668899aabbccddeeff', 'hex');

function entry(attributes: Record<string, string | Buffer>): DirectoryEntry {
  return new DirectoryEntry('cn=x', attributes);
}

describe('the unique id', () => {
  it.each([
    ['objectGUID in the form that Windows shows', { objectGUID: guidBytes }, guid],
    ['objectGUID before entryUUID', { entryUUID: 'no', objectGUID: guidBytes }, guid],
    ['entryUUID in lower case', { entryUUID: guid.toUpperCase() }, guid],
    [
      'nsUniqueId',
      { nsUniqueId: '66446001-1dd211b2-66225011-2ee211db' },
      '66446001-1dd211b2-66225011-2ee211db',
    ],
    ['ipaUniqueID', { ipaUniqueID: guid }, guid],
    ['GUID in plain order', { GUID: Buffer.from(guid.replaceAll('-', ''), 'hex') }, guid],
    [
      'a GUID whose bytes happen to be text',
      { objectGUID: 'abcdefghijklmnop' },
      '64636261-6665-6867-696a-6b6c6d6e6f70',
    ],
  ])('is %s', (_, attributes, id) => {
    expect(uniqueIdOf(entry(attributes))).toBe(id);
  });

  it.each<Record<string, string | Buffer>>([
    {},
    { uid: 'alice' },
    { objectGUID: Buffer.alloc(3) },
    { entryUUID: ' ' },
  ])('is missing in %j', (attributes) => {
    expect(uniqueIdOf(entry(attributes))).toBeUndefined();
  });

  it('is searched in the form that each attribute has', () => {
    expect(uniqueIdFilter(guid)).toMatchObject({
      filters: [
        { attribute: 'objectGUID', value: guidBytes },
        { attribute: 'entryUUID', value: guid },
        { attribute: 'ipaUniqueID', value: guid },
        { attribute: 'GUID', value: Buffer.from(guid.replaceAll('-', ''), 'hex') },
      ],
    });
  });

  it.each(['', '*', 'alice', `${guid}x`, '(uid=*)'])('is never searched as %j', (id) => {
    expect(uniqueIdFilter(id)).toBeUndefined();
  });
});
