import { ReadsBody } from './body-forms';
import { RateLimit } from './rate-limit.decorator';

@RateLimit('none')
class Doors {
  @ReadsBody('form')
  @RateLimit('login')
  own(): void {
    return undefined;
  }

  @ReadsBody('text')
  shared(): void {
    return undefined;
  }
}

it('keeps all that decorators say of a route; what the controller says stands where the route says nothing', () => {
  const known = (name: 'own' | 'shared'): unknown => {
    const handler: unknown = Object.getOwnPropertyDescriptor(Doors.prototype, name)?.value;
    return typeof handler === 'function'
      ? Reflect.getMetadata('__fastify_route_config__', handler)
      : undefined;
  };
  expect(known('own')).toEqual({ bodyForm: 'form', rateLimitClass: 'login' });
  expect(known('shared')).toEqual({ bodyForm: 'text', rateLimitClass: 'none' });
});
