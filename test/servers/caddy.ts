import { installedProgram } from './process';
import { type ProxyPorts, type RunningProxy, startProxy } from './proxy';

const options = '{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n';

/** Caddy with the file of `deploy/caddy`, without TLS. */
export function startCaddy({ own, gateway, application }: ProxyPorts): Promise<RunningProxy> {
  return startProxy(own, {
    folder: 'caddy',
    adapt: (text) =>
      options +
      text
        .replaceAll(/^(\w+\.example\.org) \{/gm, `http://$1:${own} {`)
        .replaceAll('127.0.0.1:3000', `127.0.0.1:${gateway}`)
        .replaceAll('127.0.0.1:8080', `127.0.0.1:${application}`),
    // Caddy keeps what it was started with in the home of its user.
    command: '/usr/bin/env',
    args: (folder) => [
      ...[`XDG_CONFIG_HOME=${folder}`, `XDG_DATA_HOME=${folder}`, installedProgram('/usr/bin/caddy')],
      ...['run', '--config', `${folder}/Caddyfile`, '--adapter', 'caddyfile'],
    ],
  });
}
