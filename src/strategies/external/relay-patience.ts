import { UpstreamFailure } from './upstream/upstream-call';

/** The service has accepted the person already; its slow keys must not keep them waiting for their tokens. */
const patienceMs = 1000;

/**
 * The outcome of a verification, if it is there within a second. Its own work goes on, so the next one may find the keys.
 * @throws UpstreamFailure when it takes longer, and whatever it throws itself.
 */
export async function soonOrFailure<T>(verification: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooSlow()), patienceMs);
  });
  try {
    return await Promise.race([verification, impatience]);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(): UpstreamFailure {
  const setting = 'EXTERNAL_AUTH_JWKS_PATH';
  return new UpstreamFailure(`the service’s keys (${setting}) were not there within ${patienceMs} ms`, {
    setting,
  });
}
