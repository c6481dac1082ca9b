import { createHash, randomBytes } from 'node:crypto';
import { clientSettings } from '../config/client-settings';
import { SettingFault } from '../config/setting';
import { type CommandContext, onlyName, readArguments, Refused, UsageFault } from './command';
import { firstLine } from './password-input';

const options = {
  public: { type: 'boolean' },
  name: { type: 'string' },
  scope: { type: 'string' },
  'secret-stdin': { type: 'boolean' },
} as const;

/** Nobody guesses it, so a fast hash of it is enough. */
const secretBytes = 32;
/** Characters. A shorter one could be guessed by whoever has its hash. */
const shortestSecret = 24;
const longestSecret = 512;

/**
 * `clients add ID`: prints an entry for OAUTH_CLIENTS on standard output. A confidential client gets a new secret of 256 bits, which
 * stands on standard error this once. Nothing is kept.
 */
export async function clientsAdd(
  args: readonly string[],
  { stdin, stdout, stderr, audit }: CommandContext,
): Promise<void> {
  const { values, positionals } = readArguments(args, options);
  const clientId = onlyName(positionals);
  if (values.public && values['secret-stdin']) throw new UsageFault('A public client has no secret');
  const given = values['secret-stdin'] ? fitSecret(await firstLine(stdin, 'secret')) : undefined;
  const secret = values.public ? undefined : (given ?? randomBytes(secretBytes).toString('base64url'));
  const { name, scope } = values;
  const entry = JSON.stringify({
    client_id: clientId,
    ...(name !== undefined && { client_name: name }),
    ...(secret !== undefined && { client_secret_hash: `sha256:${sha256(secret)}` }),
    ...(scope !== undefined && { scope }),
  });
  refuseUnfit(entry);
  audit.record({ event: 'client_change', action: 'added', clientId });
  stdout.write(`${entry}\n`);
  if (secret !== undefined && given === undefined) {
    stderr.write(`The secret of the client, shown only here:\n${secret}\n`);
  }
  stderr.write(
    'Add the entry to the list in OAUTH_CLIENTS (or its file), and restart the gateway unless it is in a file.\n',
  );
}

/** RFC 6749 appendix A.2: printable ASCII. */
function fitSecret(secret: string): string {
  if (secret.length < shortestSecret) {
    throw new Refused(
      `The secret is shorter than ${shortestSecret} characters; without --secret-stdin one is made`,
    );
  }
  if (secret.length > longestSecret)
    throw new Refused(`The secret is longer than ${longestSecret} characters`);
  if (!/^[\x20-\x7e]+$/.test(secret))
    throw new Refused('The secret holds other characters than printable ASCII');
  return secret;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the gateway would refuse at its start is refused here. */
function refuseUnfit(entry: string): void {
  try {
    clientSettings.OAUTH_CLIENTS.parse(`[${entry}]`);
  } catch (error) {
    if (!(error instanceof SettingFault)) throw error;
    throw new UsageFault(error.message.replace('entry 1: ', ''), { cause: error });
  }
}
