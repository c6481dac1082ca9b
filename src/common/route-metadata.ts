import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

type Reading<T> = (reflector: Reflector, route: ExecutionContext) => T;
type Place = ReturnType<ExecutionContext['getHandler']> | ReturnType<ExecutionContext['getClass']>;

/**
 * Remembers for each route what decorators say of it. They say it once, when the program is loaded; to look it up takes longer than all
 * that guards do besides, and several of them ask with each request.
 * @param read looks it up; must depend on the handler and its class alone
 */
export function ofRoute<T>(read: Reading<T>): Reading<T> {
  const known = new WeakMap<Place, WeakMap<Place, { readonly value: T }>>();
  return (reflector, route) => {
    const handler = route.getHandler();
    let ofHandler = known.get(handler);
    if (!ofHandler) known.set(handler, (ofHandler = new WeakMap()));
    let found = ofHandler.get(route.getClass());
    if (!found) ofHandler.set(route.getClass(), (found = { value: read(reflector, route) }));
    return found.value;
  };
}
