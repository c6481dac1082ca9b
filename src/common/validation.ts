import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { bodyValidator } from './body-rules';
import { type FieldFault, GatehouseError } from './gatehouse-error';
import type { LocalizedText } from './locale';

const texts: Readonly<Record<string, LocalizedText>> = {
  isDefined: { es: 'es obligatorio', en: 'is required' },
  isString: { es: 'debe ser un texto', en: 'must be a text' },
  isNotEmpty: { es: 'no puede estar vacío', en: 'must not be empty' },
  matches: { es: 'no puede estar vacío', en: 'must not be empty' },
  maxLength: { es: 'es demasiado largo', en: 'is too long' },
  isIn: { es: 'no es un valor permitido', en: 'is not an allowed value' },
};
const unknownFault: LocalizedText = { es: 'no es válido', en: 'is not valid' };
const notAnObject: FieldFault = {
  campo: 'body',
  text: { es: 'debe ser un objeto JSON', en: 'must be a JSON object' },
};

/**
 * Checks request bodies by their classes. Unknown fields are dropped; each faulty field is named once, with its first fault.
 */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    validatorPackage: bodyValidator,
    transform: true,
    whitelist: true,
    stopAtFirstError: true,
    // Values must not come back in an error: one of them may be a password.
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new GatehouseError('VALIDATION_ERROR', { fields: faultsOf(errors) }),
  });
}

function faultsOf(errors: readonly ValidationError[]): FieldFault[] {
  const faults = errors.filter((error) => error.property !== undefined).map(faultOf);
  return faults.length > 0 ? faults : [notAnObject];
}

function faultOf({ property, constraints }: ValidationError): FieldFault {
  const constraint = Object.keys(constraints ?? {})[0] ?? '';
  return { campo: property, text: texts[constraint] ?? unknownFault };
}
