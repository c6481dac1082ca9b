import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import { systemErrorCode } from '../common/system-error';
import type { CliSettings } from './cli-settings';
import { type CommandContext, noName, readArguments, Refused } from './command';

const longestWaitMs = 3000;

/**
 * `health`: whether the gateway on this machine lives; with `--ready`, whether it wants requests. The first is for a container's health
 * check, since who starts containers anew would do so for an outage of the store, and mend nothing; the second for what waits for it.
 */
export async function health(args: readonly string[], context: CommandContext): Promise<void> {
  const { positionals, values } = readArguments(args, { ready: { type: 'boolean' } });
  noName(positionals);
  const url = healthUrl(context.settings, values['ready'] === true ? 'ready' : 'live');
  const status = await statusOf(url);
  if (status !== 200) throw new Refused(`${url} answered ${status}`);
  context.stdout.write('ok\n');
}

function healthUrl({ host, port }: CliSettings, what: 'live' | 'ready'): string {
  if (port === 0) throw new Refused('PORT is 0, so nobody knows where the gateway listens');
  return `http://${reachable(host)}:${port}/health/${what}`;
}

/** An address to listen on everywhere is none to connect to. */
function reachable(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}

/** Not `fetch`: it refuses some ports that a gateway may well listen on. */
function statusOf(url: string): Promise<number> {
  const signal = AbortSignal.timeout(longestWaitMs);
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', (error) => {
      const cause = signal.aborted ? `no answer in ${longestWaitMs} ms` : systemErrorCode(error);
      reject(new Refused(`${url} cannot be reached (${cause ?? 'unknown cause'})`, { cause: error }));
    });
  });
}
