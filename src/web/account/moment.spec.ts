import { distanceText } from './moment';

it.each([
  [-5000, 'now'],
  [59_999, 'now'],
  [60_000, '1 minute ago'],
  [3_599_999, '59 minutes ago'],
  [7_200_000, '2 hours ago'],
  [86_400_000, 'yesterday'],
  [864_000_000, '10 days ago'],
])('%i ms are %s', (distanceMs, text) => {
  expect(distanceText(distanceMs, 'en')).toBe(text);
});

it('speaks Spanish', () => {
  expect(distanceText(120_000, 'es')).toBe('hace 2 minutos');
});
