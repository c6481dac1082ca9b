import { applyDecorators } from '@nestjs/common';
import { IsDefined, IsNotEmpty, IsString, Matches, MaxLength, ValidateIf } from '../common/body-rules';

export const longestUsername = 256;
export const longestPassword = 1024;

// Validators run in the order in which they are applied, and only the first fault of a field is told.

/** A login name that must be there `when` the body calls it by this name. */
export function UsernameField<T extends object>(when: (body: T) => boolean): PropertyDecorator {
  return applyDecorators(
    IsDefined(),
    IsString(),
    Matches(/\S/),
    MaxLength(longestUsername),
    ValidateIf(when),
  );
}

/** A password, taken exactly as typed, that must be there `when` the body calls it by this name. */
export function PasswordField<T extends object>(when: (body: T) => boolean): PropertyDecorator {
  return applyDecorators(IsDefined(), IsString(), IsNotEmpty(), MaxLength(longestPassword), ValidateIf(when));
}
