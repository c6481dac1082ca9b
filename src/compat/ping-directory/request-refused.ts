import { type ResultCode, resultCode, type ResultName, statusOfResult } from './result-code';

/** A request that is refused for its form, before anybody is asked. The message goes to the client and repeats no value of the request. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly resultCode: ResultCode;
  readonly status: number;

  constructor(result: ResultName, message: string) {
    super(message);
    this.resultCode = resultCode(result);
    this.status = statusOfResult[result];
  }
}
