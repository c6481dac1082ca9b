/** The code that Node gives a system error, such as `ENOENT` or `ECONNREFUSED`. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const mostCauses = 5;

/** Whether the operating system refused something, by the error or its causes. Unlike a fault of what was read, that may be over soon. */
export function isOfSystem(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < mostCauses; depth++) {
    // Codes of Node's own, such as those of OpenSSL, begin with ERR_.
    if (/^E[A-Z0-9]+$/.test(systemErrorCode(cause) ?? '')) return true;
    if (typeof cause !== 'object' || cause === null || !('cause' in cause)) return false;
    ({ cause } = cause);
  }
  return false;
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
