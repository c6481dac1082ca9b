import { canonicalUsername } from './identity';

describe('canonicalUsername', () => {
  it.each([
    ['Bob', 'bob'],
    [' bob ', 'bob'],
    ['ＢＯＢ', 'bob'],
    ['alİce', 'alice'],
    ['ALI\u0307CE', 'alice'],
    ['ali\u0307ce', 'alice'],
    ['alI\u0301ce', 'alíce'],
    ['çağrı', 'çağrı'],
  ])('spells %j as %j, and that as itself', (typed, canonical) => {
    expect(canonicalUsername(typed)).toBe(canonical);
    expect(canonicalUsername(canonical)).toBe(canonical);
  });
});
