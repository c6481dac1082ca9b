import { ApiPropertyOptional } from '../common/api-description';

/**
 * How a client may say who it is in a body. Only for the description: `clients/presented-client.ts` reads these, because each fault
 * of theirs is an `invalid_client`.
 */
export class ClientBody {
  @ApiPropertyOptional({ maxLength: 128, example: 'app', description: 'Unless HTTP Basic names the client.' })
  client_id?: string;

  @ApiPropertyOptional({ maxLength: 512, description: 'The secret of a confidential client.' })
  client_secret?: string;
}
