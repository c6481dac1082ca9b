import { entityTagOf, namesEntityTag } from './entity-tag';

describe('an entity tag', () => {
  const tag = entityTagOf({ a: 1 });

  it('is the same for the same answer and another for any other', () => {
    expect(tag).toMatch(/^"[\w-]{22}"$/);
    expect(entityTagOf({ a: 1 })).toBe(tag);
    expect(entityTagOf({ a: 2 })).not.toBe(tag);
  });

  it.each([
    ['itself', tag],
    ['its weak form', `W/${tag}`],
    ['a list that holds it', `"other" ,W/"more", ${tag}`],
    ['everything', ' * '],
  ])('is named by %s', (_case, header) => expect(namesEntityTag(header, tag)).toBe(true));

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['another tag', '"other"'],
    ['its text without quotes', tag.slice(1, -1)],
  ])('is not named by %s', (_case, header) => expect(namesEntityTag(header, tag)).toBe(false));
});
