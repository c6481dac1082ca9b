import { type DynamicModule, Global, Module } from '@nestjs/common';
import { kindOfStrategy } from '../../config/strategy-settings';
import type { CredentialStrategy } from '../credential-strategy';

/** The credential sources of an application that embeds the gateway. The gateway itself has none. */
export type OwnStrategies = readonly CredentialStrategy[];

/** The injection token of the own strategies; it shares its name with their type. */
export const OwnStrategies = Symbol('OwnStrategies');

/** Makes the strategies of the application available to the strategies' room. */
@Global()
@Module({})
export class OwnStrategiesModule {
  static with(strategies: OwnStrategies): DynamicModule {
    return {
      module: OwnStrategiesModule,
      providers: [{ provide: OwnStrategies, useValue: strategies }],
      exports: [OwnStrategies],
    };
  }
}

const ownName = /^[a-z][a-z0-9_-]{0,31}$/;

/**
 * The names of own strategies, in their order.
 * @throws Error for a name that is none, is one of the gateway's own sources, or comes twice: subjects begin with it.
 */
export function ownStrategyNames(strategies: OwnStrategies): readonly string[] {
  const names = strategies.map(({ name }) => name);
  for (const name of names) {
    if (!ownName.test(name)) {
      throw new Error('The name of a strategy is a small letter and up to 31 of a-z, 0-9, _ and -');
    }
    if (kindOfStrategy(name)) throw new Error(`The name ${name} is that of a strategy of the gateway itself`);
  }
  if (new Set(names).size !== names.length) throw new Error('Two strategies have the same name');
  return names;
}
