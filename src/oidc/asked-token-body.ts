import { IsDefined, IsOptional, IsString, MaxLength } from '../common/body-rules';
import { ApiProperty, ApiPropertyOptional } from '../common/api-description';
import { ClientBody } from './client-body';

/** Characters. A longer token is none of ours. */
const longestToken = 16 * 1024;

/** What a client sends who asks about a token (RFC 7662 section 2.1) or gives it up (RFC 7009 section 2.1). */
export class AskedTokenBody extends ClientBody {
  @ApiProperty({ maxLength: longestToken, description: 'An access token or a refresh token.' })
  @IsDefined()
  @MaxLength(longestToken)
  @IsString()
  token!: string;

  @ApiPropertyOptional({
    maxLength: 128,
    example: 'access_token',
    description: 'Changes nothing: the token tells by itself which kind it is.',
  })
  @IsOptional()
  @MaxLength(128)
  @IsString()
  token_type_hint?: string;
}
