import { SetMetadata } from '@nestjs/common';

export const publicRoute = 'gatehouse:public';

/** Opens a route to callers without an access token. Every route is closed unless it is marked. */
export const Public = () => SetMetadata(publicRoute, true);
