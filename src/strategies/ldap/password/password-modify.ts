import { Attribute, BerWriter, Change, type Client } from 'ldapts';
import { PasswordPolicyAnswer } from '../bind/password-policy';

export interface NewPassword {
  readonly oldPassword: string;
  readonly newPassword: string;
}

/** The directory would not take the new password, or failed. Carries what the policy said beside the result. */
export class PasswordNotTaken extends Error {
  override readonly name = 'PasswordNotTaken';

  constructor(
    override readonly cause: unknown,
    readonly policyError: number | undefined,
  ) {
    super('the directory did not take the new password', { cause });
  }
}

const passwordModifyOid = '1.3.6.1.4.1.4203.1.11.1';

/**
 * The Password Modify extended operation (RFC 3062). Without a DN it is for whoever is bound on this connection, so that no right
 * to change other people's passwords is needed.
 * @throws PasswordNotTaken
 */
export async function modifyPassword(client: Client, passwords: NewPassword, dn?: string): Promise<void> {
  const request = sealed(passwordModifyRequest(passwords, dn));
  await taken((policy) => client.exop(passwordModifyOid, request, policy.controls));
}

/**
 * The change of a password in Active Directory (MS-ADTS section 3.1.1.3.1.5.1): the old value is deleted and the new one added
 * in one request. That asks only for the right to change a password, which everybody has, and the domain checks the old value
 * and the history. A replace would be a reset: for administrators, and past the history.
 * @throws PasswordNotTaken
 */
export async function changeUnicodePwd(client: Client, dn: string, passwords: NewPassword): Promise<void> {
  const changes = [
    unicodePwdChange('delete', passwords.oldPassword),
    unicodePwdChange('add', passwords.newPassword),
  ];
  await taken(() => client.modify(dn, changes));
}

async function taken(send: (policy: PasswordPolicyAnswer) => Promise<unknown>): Promise<void> {
  const policy = new PasswordPolicyAnswer();
  try {
    await send(policy);
  } catch (error) {
    throw new PasswordNotTaken(error, policy.error);
  }
}

function unicodePwdChange(operation: 'delete' | 'add', password: string): Change {
  const values = [sealed(Buffer.from(`"${password}"`, 'utf16le'))];
  return new Change({ operation, modification: new Attribute({ type: 'unicodePwd', values }) });
}

/** `SEQUENCE { userIdentity [0] OPTIONAL, oldPasswd [1], newPasswd [2] }` */
function passwordModifyRequest({ oldPassword, newPassword }: NewPassword, dn?: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  if (dn !== undefined) writer.writeString(dn, 0x80);
  writer.writeString(oldPassword, 0x81);
  writer.writeString(newPassword, 0x82);
  writer.endSequence();
  return writer.buffer;
}

/**
 * ldapts writes each request into its debug log (NODE_DEBUG=ldapts) as JSON and leaves out passwords of binds alone. These bytes
 * leave themselves out.
 */
function sealed(bytes: Buffer): Buffer {
  return Object.defineProperty(bytes, 'toJSON', { value: () => '[redacted]' });
}
