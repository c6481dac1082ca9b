import { GatehouseError } from '../../common/gatehouse-error';
import { failureOf } from './failure';
import type { JsonControl } from './json-control';
import type { RequestControls } from './request-controls';
import { responseControls } from './response-controls';

/** A refused login or password change, with what its request asked to be told of that. */
export class LoginRefused extends GatehouseError {
  override readonly name = 'LoginRefused';

  constructor(
    { code, options }: GatehouseError,
    readonly controls: readonly JsonControl[],
  ) {
    super(code, options);
  }
}

/**
 * Runs a login or a password change. Where its source said something of the account, the refusal carries the controls that were
 * asked for.
 */
export async function withControls<T>(requested: RequestControls, attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    const { reason } = failureOf(error);
    if (!reason) throw error;
    throw new LoginRefused(error, responseControls(requested, { accepted: false, reason }));
  }
}
