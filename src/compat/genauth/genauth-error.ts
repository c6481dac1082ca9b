import type { ErrorCode } from '../../common/error-codes';
import { GatehouseError } from '../../common/gatehouse-error';
import type { LocalizedText } from '../../common/locale';
import type { ApiStatus } from './api-codes';

interface GenAuthErrorTerms {
  readonly code: ErrorCode;
  readonly api: ApiStatus;
  readonly text: LocalizedText;
  /** What was thrown first; its detail goes to the log. */
  readonly cause?: GatehouseError;
}

/** An error to which GenAuth gives another number or text than to others of the same code. */
export class GenAuthError extends GatehouseError {
  override readonly name = 'GenAuthError';
  readonly api: ApiStatus;

  constructor({ code, api, text, cause }: GenAuthErrorTerms) {
    super(code, { ...cause?.options, text });
    this.api = api;
  }
}
