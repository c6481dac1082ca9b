import { createLogger } from '../../common/logger';
import { logRefusal, type Operation } from './refusal-log';

const [debug, warn] = [20, 40];

function logged(operation: Operation, status: number): unknown {
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  logRefusal(logger, { strategy: 'external', requestId: 'r', operation, status });
  expect(lines).toHaveLength(1);
  return JSON.parse(lines.join(''));
}

describe('what is logged of a refusal', () => {
  it.each([200, 401, 423])('is quiet for %d, which speaks of the person', (status) => {
    const fields = { strategy: 'external', requestId: 'r', operation: 'login', status };
    expect(logged('login', status)).toMatchObject({ ...fields, level: debug });
  });

  it.each<[Operation, number, RegExp]>([
    ['login', 400, /answered 400, which counts as a refused login; .*EXTERNAL_AUTH_EXTRA_BODY/],
    ['refresh', 404, /answered 404, which counts as a refused refresh; .*EXTERNAL_AUTH_REFRESH_PATH/],
    ['revoke', 403, /answered 403, which counts as an ended session; .*EXTERNAL_AUTH_REVOKE_PATH/],
  ])('of a %s is a warning for %d, which may be a wrong setting', (operation, status, words) => {
    const message: unknown = expect.stringMatching(words);
    expect(logged(operation, status)).toMatchObject({ level: warn, operation, status, msg: message });
  });
});
