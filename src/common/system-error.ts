/** The code that Node gives a system error, such as `ENOENT` or `ECONNREFUSED`. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Node's and V8's own forms of a frame: what else stands in a stack is the message. */
const frame = /^ {4}at .{1,300}(?::\d+:\d+\)?|\((?:<anonymous>|native|index \d+)\))$/;
const mostFrames = 30;

/** What an error is and where it was thrown, as `{ error, systemCode, stack }`, without its message, which may hold anything, such as a password. */
export function whereThrown(thrown: unknown): Readonly<Record<string, string | undefined>> {
  const systemCode = systemErrorCode(thrown);
  return {
    error: thrown instanceof Object ? named(thrown.constructor.name) : typeof thrown,
    systemCode: systemCode && named(systemCode),
    stack: framesOf(thrown),
  };
}

function framesOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('stack' in thrown)) return undefined;
  const stack = String(thrown.stack);
  const message = describeError(thrown);
  const messageAt = stack.indexOf(message);
  const afterMessage = messageAt < 0 ? stack : stack.slice(messageAt + message.length);
  const frames = afterMessage.split('\n').filter((line) => frame.test(line));
  return frames.slice(0, mostFrames).join('\n');
}

function named(name: string): string | undefined {
  return /^\w{1,64}$/.test(name) ? name : undefined;
}

/** A thrown thing in words, for the log. */
export function describeError(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
