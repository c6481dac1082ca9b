import { createRequire } from 'node:module';
import { applyDecorators } from '@nestjs/common';
import type * as Swagger from '@nestjs/swagger';

export type ApiPropertyOptions = Swagger.ApiPropertyOptions;
export type SchemaObject = Swagger.SchemaObject;

type Library = typeof Swagger;
type AnyDecorator = ClassDecorator | MethodDecorator | PropertyDecorator;
type Given<Name extends keyof Library> = Library[Name] extends (...given: infer Arguments) => unknown
  ? Arguments
  : never;

/** A decorator's way to its place: of a class, a method or a property. */
type Placed = ReturnType<typeof applyDecorators>;

const load: (name: '@nestjs/swagger') => Library = createRequire(__filename);

/** What the decorators below have said, in the order in which they said it, until somebody asks for the description. */
const noted: ((library: Library) => void)[] = [];

/**
 * The library that describes the API, with all that the decorators of this file have said until now. Loading it takes a third of the
 * time of a start, so only a request for the description does: the decorators only take note.
 */
export function describedLibrary(): Library {
  const library = load('@nestjs/swagger');
  for (const describe of noted.splice(0)) describe(library);
  return library;
}

function note(make: (library: Library) => AnyDecorator): Placed {
  return (target, key, descriptor) => {
    noted.push((library) => applyDecorators(make(library))(target, key, descriptor));
  };
}

/** The pointer to the schema of a class, for the `$ref` of another one (OpenAPI 3.0 section 4.7.23). */
export function getSchemaPath(model: { readonly name: string }): string {
  return `#/components/schemas/${model.name}`;
}

// Each as its namesake of @nestjs/swagger.
export const ApiBasicAuth = (...given: Given<'ApiBasicAuth'>): Placed =>
  note(({ ApiBasicAuth: make }) => make(...given));
export const ApiBearerAuth = (...given: Given<'ApiBearerAuth'>): Placed =>
  note(({ ApiBearerAuth: make }) => make(...given));
export const ApiBody = (...given: Given<'ApiBody'>): Placed => note(({ ApiBody: make }) => make(...given));
export const ApiConsumes = (...given: Given<'ApiConsumes'>): Placed =>
  note(({ ApiConsumes: make }) => make(...given));
export const ApiCookieAuth = (...given: Given<'ApiCookieAuth'>): Placed =>
  note(({ ApiCookieAuth: make }) => make(...given));
export const ApiExcludeController = (...given: Given<'ApiExcludeController'>): Placed =>
  note(({ ApiExcludeController: make }) => make(...given));
export const ApiExcludeEndpoint = (...given: Given<'ApiExcludeEndpoint'>): Placed =>
  note(({ ApiExcludeEndpoint: make }) => make(...given));
export const ApiExtraModels = (...given: Given<'ApiExtraModels'>): Placed =>
  note(({ ApiExtraModels: make }) => make(...given));
export const ApiHeader = (...given: Given<'ApiHeader'>): Placed =>
  note(({ ApiHeader: make }) => make(...given));
export const ApiOperation = (...given: Given<'ApiOperation'>): Placed =>
  note(({ ApiOperation: make }) => make(...given));
export const ApiParam = (...given: Given<'ApiParam'>): Placed => note(({ ApiParam: make }) => make(...given));
export const ApiProperty = (...given: Given<'ApiProperty'>): Placed =>
  note(({ ApiProperty: make }) => make(...given));
export const ApiPropertyOptional = (...given: Given<'ApiPropertyOptional'>): Placed =>
  note(({ ApiPropertyOptional: make }) => make(...given));
export const ApiQuery = (...given: Given<'ApiQuery'>): Placed => note(({ ApiQuery: make }) => make(...given));
export const ApiResponse = (...given: Given<'ApiResponse'>): Placed =>
  note(({ ApiResponse: make }) => make(...given));
export const ApiTags = (...given: Given<'ApiTags'>): Placed => note(({ ApiTags: make }) => make(...given));
