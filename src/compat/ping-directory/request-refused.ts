import { GatehouseError } from '../../common/gatehouse-error';
import { type ResultCode, resultCode, type ResultName, statusOfResult } from './result-code';

/**
 * A request that is refused for its form, before anybody is asked, with a result that our own codes do not tell apart. The message
 * goes to the client and repeats no value of the request but OIDs.
 */
export class RequestRefused extends GatehouseError {
  override readonly name = 'RequestRefused';
  readonly resultCode: ResultCode;
  readonly resultStatus: number;

  constructor(result: ResultName, message: string) {
    super('VALIDATION_ERROR', { text: { es: message, en: message }, detail: message });
    this.resultCode = resultCode(result);
    this.resultStatus = statusOfResult[result];
  }
}
