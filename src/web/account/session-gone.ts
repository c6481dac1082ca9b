import { GatehouseError } from '../../common/gatehouse-error';

const text = {
  es: 'Esa sesión ya no existe. Puede que se haya cerrado mientras tanto.',
  en: 'There is no such session any more. It may have ended meanwhile.',
};

/**
 * Ends a session by `end`, and says of one that is not there what people can make of it: they may have looked at a list of yesterday.
 * @throws GatehouseError NOT_FOUND with that text; whatever else `end` throws
 */
export async function tellingEnded(end: () => Promise<void>): Promise<void> {
  try {
    await end();
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'NOT_FOUND') throw error;
    throw new GatehouseError('NOT_FOUND', { text });
  }
}
