import { installedProgram } from './process';
import { type ProxyPorts, type RunningProxy, startProxy } from './proxy';

/** What nginx itself needs to run without a system around it. */
const frame = (folder: string) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  include wiki.conf;
}
`;

/** nginx with the files of `deploy/nginx`, without TLS. */
export function startNginx({ own, gateway, application }: ProxyPorts): Promise<RunningProxy> {
  return startProxy(own, {
    folder: 'nginx',
    adapt: (text, folder) =>
      text
        .replaceAll('listen 443 ssl', `listen 127.0.0.1:${own}`)
        .replaceAll(/^ *ssl_certificate.*$/gm, '')
        .replaceAll('include gatehouse/', `include ${folder}/`)
        .replaceAll('127.0.0.1:3000', `127.0.0.1:${gateway}`)
        .replaceAll('127.0.0.1:8080', `127.0.0.1:${application}`),
    files: (folder) => ({ 'nginx.conf': frame(folder) }),
    command: installedProgram('/usr/sbin/nginx'),
    args: (folder) => ['-p', folder, '-e', 'stderr', '-c', `${folder}/nginx.conf`],
  });
}
