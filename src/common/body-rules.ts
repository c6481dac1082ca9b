import { createRequire } from 'node:module';
import type * as ClassValidator from 'class-validator';

type Library = typeof ClassValidator;
type Rules = 'common' | 'string' | 'typechecker';

interface LoadPart {
  <Name extends keyof Library>(file: `class-validator/cjs/decorator/${Rules}/${Name}`): Pick<Library, Name>;
  (file: 'class-validator/cjs/validation/Validator'): Pick<Library, 'Validator'>;
  (file: 'class-validator/cjs/metadata/MetadataStorage'): Pick<Library, 'getMetadataStorage'>;
}

/** The whole library is 320 files, among them the telephone numbers of all countries: a sixth of a start. These are twenty. */
const load: LoadPart = createRequire(__filename);

// What bodies are checked by, each as its namesake of class-validator.
export const { IsDefined } = load('class-validator/cjs/decorator/common/IsDefined');
export const { IsIn } = load('class-validator/cjs/decorator/common/IsIn');
export const { IsNotEmpty } = load('class-validator/cjs/decorator/common/IsNotEmpty');
export const { IsOptional } = load('class-validator/cjs/decorator/common/IsOptional');
export const { IsString } = load('class-validator/cjs/decorator/typechecker/IsString');
export const { Matches } = load('class-validator/cjs/decorator/string/Matches');
export const { MaxLength } = load('class-validator/cjs/decorator/string/MaxLength');
export const { ValidateIf } = load('class-validator/cjs/decorator/common/ValidateIf');

const { Validator } = load('class-validator/cjs/validation/Validator');
const { getMetadataStorage } = load('class-validator/cjs/metadata/MetadataStorage');
const validator = new Validator();

/** What Nest needs of the library to check a body. The rules of other copies of these files count as well: the library keeps them in one place. */
export const bodyValidator = {
  validate: (
    body: object,
    options?: ClassValidator.ValidatorOptions,
  ): Promise<ClassValidator.ValidationError[]> => validator.validate(body, options),
  getMetadataStorage,
};
