import { RequestRefused } from './request-refused';

/** A control in the JSON form of the API: an LDAP control (RFC 4511 section 4.1.11) with kebab-case keys. */
export interface JsonControl {
  readonly oid: string;
  readonly 'control-name'?: string;
  readonly criticality: boolean;
  /** At most one of the two values. */
  readonly 'value-json'?: JsonObject;
  readonly 'value-base64'?: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

const mostControls = 20;
const longestOid = 128;
const longestName = 256;
const longestBase64 = 8192;
const oidForm = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+$/;
const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The `_controls` of a request. Absent and null mean none; fields that the form does not have are dropped.
 * @throws RequestRefused protocolError for what is no list of at most 20 controls, each OID once; adminLimitExceeded for more
 */
export function jsonControls(given: unknown): readonly JsonControl[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw malformed('_controls must be an array');
  if (given.length > mostControls) {
    throw new RequestRefused('adminLimitExceeded', `_controls holds more than ${mostControls} controls`);
  }
  const controls = given.map(jsonControl);
  if (new Set(controls.map(({ oid }) => oid)).size !== controls.length) {
    throw malformed('_controls holds a control twice');
  }
  return controls;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A control of the request is not as it should be. */
export function malformed(message: string): RequestRefused {
  return new RequestRefused('protocolError', message);
}

function jsonControl(given: unknown): JsonControl {
  if (!isJsonObject(given)) throw malformed('every control must be a JSON object');
  const { oid, criticality } = given;
  if (typeof oid !== 'string' || oid.length > longestOid || !oidForm.test(oid)) {
    throw malformed('every control must have an oid');
  }
  if (typeof criticality !== 'boolean') throw malformed(`the control ${oid} must have a criticality`);
  return { oid, criticality, ...nameOf(oid, given), ...valueOf(oid, given) };
}

function nameOf(oid: string, { 'control-name': name }: JsonObject): Pick<JsonControl, 'control-name'> {
  if (name === undefined) return {};
  if (typeof name === 'string' && name.length <= longestName) return { 'control-name': name };
  throw malformed(`the control-name of the control ${oid} must be a short text`);
}

function valueOf(
  oid: string,
  { 'value-json': json, 'value-base64': base64 }: JsonObject,
): Pick<JsonControl, 'value-json' | 'value-base64'> {
  if (json !== undefined && base64 !== undefined) throw malformed(`the control ${oid} has two values`);
  if (json !== undefined) {
    if (isJsonObject(json)) return { 'value-json': json };
    throw malformed(`the value-json of the control ${oid} must be a JSON object`);
  }
  if (base64 === undefined) return {};
  if (typeof base64 === 'string' && base64.length <= longestBase64 && base64Form.test(base64)) {
    return { 'value-base64': base64 };
  }
  throw malformed(
    `the value-base64 of the control ${oid} must be base64 of at most ${longestBase64} characters`,
  );
}
