import { exposition, processFigures } from './exposition';

describe('what several workers tell of their processes', () => {
  it('hides none that is late, and no start', async () => {
    const figures = await processFigures();
    const parts = [0.4, 0.02].map((value) =>
      figures.map((figure) => ({ ...figure, values: [{ labels: {}, value }] })),
    );
    const page = await exposition(parts);
    expect(page).toContain('\nnodejs_eventloop_lag_p99_seconds 0.4\n');
    expect(page).toContain('\nprocess_start_time_seconds 0.4\n');
    expect(page).not.toMatch(/^nodejs_active_\w+_total/m);
  });
});
