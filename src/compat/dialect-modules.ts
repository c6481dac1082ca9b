import type { Type } from '@nestjs/common';
import type { Dialect } from '../config/client-settings';
import type { Settings } from '../config/settings';
import { DjangoModule } from './django/django.module';
import { GenAuthModule } from './genauth/genauth.module';
import { PingDirectoryModule } from './ping-directory/ping-directory.module';

const modules: Readonly<Record<Dialect, Type>> = {
  django: DjangoModule,
  'ping-directory': PingDirectoryModule,
  genauth: GenAuthModule,
};

/** The modules of the dialects that are switched on; the others have no routes at all. */
export function dialectModules({ COMPAT }: Pick<Settings, 'COMPAT'>): readonly Type[] {
  return Object.entries(modules).flatMap(([name, module]) => (COMPAT.includes(name) ? [module] : []));
}
