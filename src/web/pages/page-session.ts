import type { FastifyRequest } from 'fastify';
import type { Bearer } from '../../auth/access-check';
import { GatehouseError } from '../../common/gatehouse-error';

/**
 * The person whose live session the cookie of the pages names, on a public route that takes it. Undefined for strangers, and while
 * nobody can tell.
 */
export async function visitorOf({
  presentedAccess,
}: Pick<FastifyRequest, 'presentedAccess'>): Promise<Bearer | undefined> {
  try {
    return await presentedAccess?.admit();
  } catch (error) {
    if (error instanceof GatehouseError) return undefined;
    throw error;
  }
}
