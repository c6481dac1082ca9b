import { createRequire } from 'node:module';
import type { Type } from '@nestjs/common';
import type { Dialect } from '../config/client-settings';
import type { Settings } from '../config/settings';

interface LoadDialect {
  (room: './django/django.module'): typeof import('./django/django.module');
  (room: './genauth/genauth.module'): typeof import('./genauth/genauth.module');
  (room: './ping-directory/ping-directory.module'): typeof import('./ping-directory/ping-directory.module');
}

/** Nothing of a dialect is loaded where nobody speaks it. */
const load: LoadDialect = createRequire(__filename);

const modules: Readonly<Record<Dialect, () => Type>> = {
  django: () => load('./django/django.module').DjangoModule,
  'ping-directory': () => load('./ping-directory/ping-directory.module').PingDirectoryModule,
  genauth: () => load('./genauth/genauth.module').GenAuthModule,
};

/** The modules of the dialects that are switched on; the others have no routes at all. */
export function dialectModules({ COMPAT }: Pick<Settings, 'COMPAT'>): readonly Type[] {
  return Object.entries(modules).flatMap(([name, module]) => (COMPAT.includes(name) ? [module()] : []));
}
