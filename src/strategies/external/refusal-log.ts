import type { Logger } from '../../common/logger';
import { isSuccess } from './upstream/upstream-call';

/** A call that the service may refuse. */
export type Operation = 'login' | 'refresh' | 'revoke';

export interface Refusal {
  /** The name in STRATEGIES. */
  readonly strategy: string;
  readonly requestId: string;
  readonly operation: Operation;
  readonly status: number;
}

const meanings: Readonly<Record<Operation, string>> = {
  login: 'a refused login',
  refresh: 'a refused refresh',
  revoke: 'an ended session',
};

const settings: Readonly<Record<Operation, string>> = {
  login: 'EXTERNAL_AUTH_URL, EXTERNAL_AUTH_LOGIN_PATH and EXTERNAL_AUTH_EXTRA_BODY',
  refresh: 'EXTERNAL_AUTH_URL and EXTERNAL_AUTH_REFRESH_PATH',
  revoke: 'EXTERNAL_AUTH_URL and EXTERNAL_AUTH_REVOKE_PATH',
};

/** Only 401 and 423 speak of the person for sure; an operator must be able to see when everybody gets another status. */
export function logRefusal(logger: Logger, refusal: Refusal): void {
  const { operation, status } = refusal;
  if (status === 401 || status === 423 || isSuccess(status)) {
    logger.debug(refusal, `The service refused the ${operation}`);
    return;
  }
  const hint = `if everybody gets it, check ${settings[operation]}`;
  logger.warn(refusal, `The service answered ${status}, which counts as ${meanings[operation]}; ${hint}`);
}
