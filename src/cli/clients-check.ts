import { loadSomeSettingsFromProcess } from '../config/environment';
import { type CommandContext, noName, readArguments } from './command';

/** `clients check`: what OAUTH_CLIENTS or its file says, one client in a line. @throws ConfigurationError with all that is wrong in it */
export function clientsCheck(args: readonly string[], { stdout }: CommandContext): Promise<void> {
  noName(readArguments(args, {}).positionals);
  for (const client of loadSomeSettingsFromProcess('OAUTH_CLIENTS', 'JWT_CLIENT_ID').OAUTH_CLIENTS) {
    const kind = client.secretHashes.length > 0 ? 'confidential' : 'public';
    const line = [
      client.clientId,
      kind,
      client.authMethods.join(' '),
      client.scope?.join(' ') ?? '(any scope)',
    ];
    stdout.write(`${line.join('\t')}\n`);
  }
  return Promise.resolve();
}
