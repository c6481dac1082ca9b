import { attributeSelection } from './attribute-selection';

const entry = { dn: 'uid=x', attributes: { uid: ['x'], 'cn;lang-de': ['X'], cn: ['x'], sn: ['y'] } };

describe('attributeSelection', () => {
  it.each<[string | undefined, string | undefined, readonly string[], readonly string[]]>([
    [undefined, undefined, ['*'], ['uid', 'cn;lang-de', 'cn', 'sn']],
    ['uid, sn ,', undefined, ['uid', 'sn'], ['uid', 'cn;lang-de', 'cn', 'sn']],
    ['*,_operationalAttributes', undefined, ['*', '+'], ['uid', 'cn;lang-de', 'cn', 'sn']],
    ['*', 'CN', ['*'], ['uid', 'sn']],
    ['*', 'cn;lang-de', ['*'], ['uid', 'cn', 'sn']],
    ['sn,_operationalAttributes', '*', ['+'], ['uid', 'cn;lang-de', 'cn', 'sn']],
    ['*', '_operationalAttributes', ['*'], ['uid', 'cn;lang-de', 'cn', 'sn']],
    // The other API's alias is none here.
    ['+,uid', undefined, ['uid'], ['uid', 'cn;lang-de', 'cn', 'sn']],
  ])('of %j without %j asks for %j', (include, exclude, names, shown) => {
    const selection = attributeSelection(include, exclude);
    expect(selection.names).toEqual(names);
    expect(Object.keys(selection.shown(entry).attributes)).toEqual(shown);
  });

  it('takes a parameter that comes twice together, and nothing but texts', () => {
    expect(attributeSelection(['uid', 'sn'], undefined).names).toEqual(['uid', 'sn']);
    expect(() => attributeSelection({ a: 'x' }, undefined)).toThrow('must be a text');
    expect(() => attributeSelection('*,sn', '*')).toThrow('both');
  });
});
