import type { Client } from 'ldapts';
import { refusalOf } from './bind-reasons';
import type { BindOutcome } from './bind-outcome';
import { PasswordPolicyAnswer } from './password-policy';

/**
 * Tries a name and a password with exactly one simple bind (RFC 4513 section 5.1.3) on this connection. A refusal is a value.
 * @throws whatever ldapts throws, as it is, when the directory gave no verdict; Error when this would be no simple bind.
 */
export async function bindUser(client: Client, name: string, password: string): Promise<BindOutcome> {
  refuseOtherBinds(name, password);
  const policy = new PasswordPolicyAnswer();
  try {
    await client.bind(name, password, policy.controls);
  } catch (error) {
    const refusal = refusalOf(error, policy);
    if (refusal) return refusal;
    throw error;
  }
  return { accepted: true, notice: policy.notice() };
}

/** Binds a service account. @throws whatever ldapts throws, a refusal too; Error when this would be no simple bind. */
export async function bindService(client: Client, name: string, password: string): Promise<void> {
  refuseOtherBinds(name, password);
  await client.bind(name, password);
}

/**
 * The last guard before the wire. An empty password succeeds as nobody (RFC 4513 section 5.1.2), so does an empty name, and
 * ldapts takes names such as `EXTERNAL` for a SASL mechanism. A DN has `=`, a principal name `@`, `DOMAIN\user` its backslash.
 */
function refuseOtherBinds(name: string, password: string): void {
  if (password === '') throw new Error('a bind without a password would be one as nobody');
  if (!/[=@\\]/.test(name)) throw new Error('the name is no name for a simple bind');
}
