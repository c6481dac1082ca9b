import { RouteConfig } from '@nestjs/platform-fastify';

type Config = Readonly<Record<string, unknown>>;

const configs = new WeakMap<object, Config>();

/**
 * Adds to what the server knows of a route before any body is read: of one route, or of all routes of a controller that do not say
 * otherwise. Nest's own decorator keeps only the last one of a route.
 */
export function routeConfig(config: Config): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key !== undefined && descriptor !== undefined) return configure({ target, key, descriptor }, config);
    if (typeof target !== 'function') return;
    const prototype: unknown = target.prototype;
    if (typeof prototype !== 'object' || prototype === null) return;
    for (const [name, method] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const handler: unknown = method.value;
      if (typeof handler !== 'function' || name === 'constructor') continue;
      configure({ target: prototype, key: name, descriptor: method }, { ...config, ...configs.get(handler) });
    }
  };
}

interface Route {
  readonly target: object;
  readonly key: string | symbol;
  readonly descriptor: PropertyDescriptor;
}

function configure({ target, key, descriptor }: Route, config: Config): void {
  const handler: unknown = descriptor.value;
  if (typeof handler !== 'function') return;
  const whole = { ...configs.get(handler), ...config };
  configs.set(handler, whole);
  RouteConfig(whole)(target, key, descriptor);
}
