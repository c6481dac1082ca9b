import { installedProgram } from './process';
import { type ProxyPorts, type RunningProxy, startProxy } from './proxy';

/** HAProxy with the files of `deploy/haproxy`, without TLS. A test may change them further. */
export function startHaproxy(
  { own, gateway, application }: ProxyPorts,
  change: (text: string) => string = (text) => text,
): Promise<RunningProxy> {
  return startProxy(own, {
    folder: 'haproxy',
    adapt: (text, folder) =>
      change(text)
        .replaceAll(/bind :443 .*/g, `bind 127.0.0.1:${own}`)
        .replaceAll('/etc/haproxy/', `${folder}/`)
        .replaceAll('127.0.0.1:3000', `127.0.0.1:${gateway}`)
        .replaceAll('127.0.0.1:8080', `127.0.0.1:${application}`),
    command: installedProgram('/usr/sbin/haproxy'),
    args: (folder) => ['-db', '-f', `${folder}/haproxy.cfg`],
  });
}
