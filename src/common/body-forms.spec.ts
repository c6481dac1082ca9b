import { formFields } from './body-forms';

const refused = (campo: string): unknown => {
  const fault: unknown = expect.objectContaining({ campo });
  return expect.objectContaining({ code: 'VALIDATION_ERROR', options: { fields: [fault] } });
};

describe('formFields', () => {
  it('reads parameters, and leaves those without a value out (RFC 6749 section 3.2)', () => {
    expect(formFields('a=1&b=%C3%A4+%2B&c=&d&=e')).toEqual({ a: '1', b: 'ä +', '': 'e' });
    expect(formFields('')).toEqual({});
  });

  it('drops names that mean something to JavaScript', () => {
    const fields = formFields('__proto__=a&constructor=b&prototype=c&toString=d');
    expect(Object.keys(fields)).toEqual(['toString']);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });

  it.each([
    ['a name twice', 'a=1&a=1', 'a'],
    ['a name twice that is no name', '%3Cb%3E=1&%3Cb%3E=2', 'body'],
    ['a parameter too many', Array.from({ length: 101 }, (_, n) => `p${n}=1`).join('&'), 'body'],
  ])('refuses %s', (_case, text, campo) => {
    expect(() => formFields(text)).toThrow(refused(campo) as Error);
  });
});
