import { GatehouseError } from './gatehouse-error';
import { RefusalLog } from './refusal-log';

const busy = new GatehouseError('SERVICE_UNAVAILABLE', { detail: 'no place' });
const often = new GatehouseError('TOO_MANY_REQUESTS');

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function bench() {
  const warn = jest.fn<void, [object, string]>();
  const log = new RefusalLog({ warn });
  const refuse = (error: GatehouseError, times: number) =>
    Array.from({ length: times }, () => log.takesLine(error)).filter((takes) => takes).length;
  return { warn, log, refuse };
}

it('gives the first of each second lines of their own, and counts the rest for each reason', () => {
  const { warn, refuse } = bench();
  expect(refuse(busy, 12) + refuse(often, 30)).toBe(10);
  expect(warn).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1000);
  const reasons = { 'SERVICE_UNAVAILABLE: no place': 2, TOO_MANY_REQUESTS: 30 };
  expect(warn.mock.calls).toEqual([[{ refused: 32, reasons }, 'further requests refused']]);
  expect(refuse(busy, 11)).toBe(10);
  jest.advanceTimersByTime(1000);
  expect(warn).toHaveBeenLastCalledWith(expect.objectContaining({ refused: 1 }), expect.anything());
});

it('says nothing of a second with few refusals, and loses no count at the end', () => {
  const { warn, log, refuse } = bench();
  refuse(often, 10);
  jest.advanceTimersByTime(5000);
  expect(warn).not.toHaveBeenCalled();
  refuse(often, 15);
  log.flush();
  expect(warn).toHaveBeenCalledTimes(1);
  log.flush();
  expect(warn).toHaveBeenCalledTimes(1);
});
