import { SetMetadata } from '@nestjs/common';
import { ofRoute } from './route-metadata';

const publicRoute = 'gatehouse:public';

/** Opens a route to callers without an access token. Every route is closed unless it is marked. */
export const Public = () => SetMetadata(publicRoute, true);

/** Whether a route is open; a handler's word counts before that of its class. */
export const isPublic = ofRoute(
  (reflector, route) =>
    reflector.getAllAndOverride<boolean | undefined>(publicRoute, [route.getHandler(), route.getClass()]) ===
    true,
);
