import { errorReply } from './error-reply';
import { GatehouseError } from './gatehouse-error';
import { ReplyDrafts } from './reply-drafts';

const error = new GatehouseError('SERVICE_UNAVAILABLE');
const options = { locale: 'en', requestId: 'one', asProblem: false } as const;

it('writes what the writer would, with the id of each request, and asks the writer once for each form', () => {
  const writer = jest.fn(errorReply);
  const drafts = new ReplyDrafts();
  const variants = [
    options,
    { ...options, asProblem: true },
    { ...options, locale: 'es' },
    { ...options, locale: 'es', asProblem: true },
  ] as const;
  for (const requestId of ['one', 'two', 'three']) {
    for (const variant of variants) {
      const { body, ...rest } = errorReply(error, { ...variant, requestId });
      const expected = { ...rest, body: JSON.stringify(body) };
      expect(drafts.write(error, writer, { ...variant, requestId })).toEqual(expected);
    }
  }
  expect(writer).toHaveBeenCalledTimes(4);
});

it('keeps apart errors and writers, and leaves texts as they are', () => {
  const drafts = new ReplyDrafts();
  const plain = () => ({ status: 503, headers: { 'Content-Type': 'text/plain' }, body: 'busy' });
  const shouted = () => ({ ...plain(), body: 'BUSY' });
  expect(drafts.write(error, plain, options).body).toBe('busy');
  expect(drafts.write(error, shouted, options).body).toBe('BUSY');
  const other = new GatehouseError('TOO_MANY_REQUESTS');
  expect(drafts.write(error, errorReply, options).status).toBe(503);
  expect(drafts.write(other, errorReply, options).status).toBe(429);
});
