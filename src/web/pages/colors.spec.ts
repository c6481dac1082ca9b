import fc from 'fast-check';
import { contrastOf, leastTextContrast, readableOn } from './colors';

describe('contrast', () => {
  it.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#ffffff', 1],
    // Known from the examples around WCAG: the lightest grey that text may have on white, and one step past it.
    ['#767676', '#ffffff', 4.54],
    ['#777777', '#ffffff', 4.48],
  ])('of %s on %s is %d', (one, other, expected) => {
    expect(contrastOf(one, other)).toBeCloseTo(expected, 2);
    expect(contrastOf(other, one)).toBe(contrastOf(one, other));
  });
});

describe('a readable shade', () => {
  const colors = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`);

  it('has the contrast of text on the grounds of both schemes, whatever the colour', () => {
    fc.assert(
      fc.property(colors, fc.constantFrom('#f3f4f6', '#ffffff', '#1c2026', '#121417'), (color, ground) => {
        const shade = readableOn(color, ground);
        expect(shade).toMatch(/^#[0-9a-f]{6}$/);
        expect(contrastOf(shade, ground)).toBeGreaterThanOrEqual(leastTextContrast);
      }),
    );
  });

  it('is the colour itself where that can be read', () => {
    expect(readableOn('#1d5fb4', '#ffffff')).toBe('#1d5fb4');
    expect(readableOn('#ffcc00', '#121417')).toBe('#ffcc00');
  });
});
