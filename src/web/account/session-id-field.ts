import { applyDecorators } from '@nestjs/common';
import { IsNotEmpty, IsString, MaxLength } from '../../common/body-rules';

/** Longer than any id of a session. */
const longestId = 64;

/** The id of the session that a form is about. */
export function SessionIdField(): PropertyDecorator {
  return applyDecorators(IsNotEmpty(), IsString(), MaxLength(longestId));
}
