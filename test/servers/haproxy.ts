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

/** HAProxy with `deploy/haproxy/replicas.cfg`, without TLS, in front of three gateways on 127.0.0.1. */
export function startBalancer(own: number, gateways: readonly number[]): Promise<RunningProxy> {
  const addresses = ['192.0.2.11:3000', '192.0.2.12:3000', '192.0.2.13:3000'];
  return startProxy(own, {
    folder: 'haproxy',
    adapt: (text) =>
      addresses
        .reduce((changed, address, n) => changed.replace(address, `127.0.0.1:${gateways[n]}`), text)
        .replace(/bind :443 .*/, `bind 127.0.0.1:${own}`),
    command: installedProgram('/usr/sbin/haproxy'),
    args: (folder) => ['-db', '-f', `${folder}/replicas.cfg`],
  });
}
