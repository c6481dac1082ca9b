import { isIP } from 'node:net';
import { type PasswordEncryption, passwordEncryptions } from './encryption/password-decryption';
import { faults, faulty, textMember } from './request-body';

/** The `options` of a sign-in as far as they mean something here. The others, `autoRegister` and the captcha, are ignored. */
export interface SignInOptions {
  /** Scopes with blanks between them. */
  readonly scope?: string;
  /** An IP address; to be believed only of a client that has proven who it is. */
  readonly clientIp?: string;
  /** For the audit trail only. */
  readonly tenantId?: string;
  /** For the audit trail only: any JSON, also within a text. */
  readonly context?: unknown;
  /** For the audit trail only: any JSON. */
  readonly customData?: unknown;
  readonly passwordEncryptType: PasswordEncryption;
}

const longestScope = 1024;
const longestAddress = 64;
const longestTenantId = 256;

/** @throws GatehouseError VALIDATION_ERROR that names the option */
export function readOptions(options: Readonly<Record<string, unknown>>): SignInOptions {
  const text = (name: string, longest: number) =>
    textMember({ from: options, name, within: 'options' }, longest);
  const scope = text('scope', longestScope);
  const clientIp = text('clientIp', longestAddress);
  const tenantId = text('tenantId', longestTenantId);
  if (clientIp !== undefined && isIP(clientIp) === 0) throw faulty('options.clientIp', faults.notAddress);
  return {
    ...(scope !== undefined && { scope }),
    ...(clientIp !== undefined && { clientIp }),
    ...(tenantId !== undefined && { tenantId }),
    context: options['context'],
    customData: options['customData'],
    passwordEncryptType: readEncryption(options, 'options'),
  };
}

/** The `passwordEncryptType` of an object; `none` where it says nothing. @throws GatehouseError VALIDATION_ERROR */
export function readEncryption(from: Readonly<Record<string, unknown>>, within?: string): PasswordEncryption {
  const name = 'passwordEncryptType';
  const place = { from, name, ...(within !== undefined && { within }) };
  const value = textMember(place, longestScope) ?? 'none';
  const known = passwordEncryptions.find((encryption) => encryption === value);
  if (!known) throw faulty(within === undefined ? name : `${within}.${name}`, faults.notAllowed);
  return known;
}
