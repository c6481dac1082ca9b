import { jsonControls } from './json-control';
import { RequestRefused } from './request-refused';

function refusal(given: unknown): unknown {
  try {
    return jsonControls(given);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return { status: error.status, name: error.resultCode.name, message: error.message };
  }
}

const oid = '1.2.3';

describe('jsonControls', () => {
  it('reads both kinds of value and drops what the form does not have', () => {
    const json = { oid, 'control-name': 'A Control', criticality: true, 'value-json': { a: 1 } };
    const base64 = { oid: '1.2.4', criticality: false, 'value-base64': 'AQI=' };
    expect(jsonControls([{ ...json, further: 'x' }, base64])).toEqual([json, base64]);
    expect([jsonControls(undefined), jsonControls(null), jsonControls([])]).toEqual([[], [], []]);
  });

  it.each([
    ['no list', {}],
    ['no object', ['x']],
    ['a list in the list', [[]]],
    ['no oid', [{ criticality: true }]],
    ['a name for an oid', [{ oid: 'canary', criticality: true }]],
    ['a long oid', [{ oid: `1.${'2'.repeat(127)}`, criticality: true }]],
    ['no criticality', [{ oid }]],
    ['a word for the criticality', [{ oid, criticality: 'true' }]],
    ['two values', [{ oid, criticality: false, 'value-json': {}, 'value-base64': '' }]],
    ['a value that is no object', [{ oid, criticality: false, 'value-json': [] }]],
    ['no base64', [{ oid, criticality: false, 'value-base64': 'canary!' }]],
    ['much base64', [{ oid, criticality: false, 'value-base64': 'AAAA'.repeat(2049) }]],
    ['a long name', [{ oid, criticality: false, 'control-name': 'x'.repeat(257) }]],
    [
      'one twice',
      [
        { oid, criticality: false },
        { oid, criticality: true },
      ],
    ],
  ])('refuses %s as a protocolError, without repeating it', (_case, given) => {
    const refused = refusal(given);
    expect(refused).toMatchObject({ status: 400, name: 'protocolError' });
    expect(JSON.stringify(refused)).not.toContain('canary');
  });

  it('refuses more than twenty', () => {
    const many = Array.from({ length: 21 }, (_, index) => ({ oid: `1.${index}`, criticality: false }));
    expect(refusal(many)).toMatchObject({ status: 400, name: 'adminLimitExceeded' });
    expect(jsonControls(many.slice(1))).toHaveLength(20);
  });
});
