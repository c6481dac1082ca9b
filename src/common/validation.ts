import { type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';
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
 * What the class of a body may have as a static method: whether a body is, beyond doubt, one that its decorators take, without a field
 * that they do not know. It then goes to the controller as it is. To follow the decorators takes twenty times as long.
 */
export interface KnowsUsualBodies {
  isUsual(body: unknown): boolean;
}

class QuickPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    if (metatype && knowsUsualBodies(metatype) && metatype.isUsual(value)) return Promise.resolve(value);
    return super.transform(value, metadata);
  }
}

function knowsUsualBodies(metatype: object): metatype is KnowsUsualBodies {
  return 'isUsual' in metatype && typeof metatype.isUsual === 'function';
}

/**
 * Checks request bodies by their classes. Unknown fields are dropped; each faulty field is named once, with its first fault.
 */
export function validationPipe(): ValidationPipe {
  return new QuickPipe({
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
