import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { ClientsModule } from '../clients/clients.module';
import { SessionsModule } from '../sessions/sessions.module';
import { TokensModule } from '../tokens/tokens.module';
import { DiscoveryController } from './discovery.controller';
import { IntrospectionController } from './introspection.controller';
import { KeySetController } from './key-set.controller';
import { RevocationController } from './revocation.controller';
import { TokenController } from './token.controller';
import { TokenLookup } from './token-lookup';
import { UserinfoController } from './userinfo.controller';

/** The endpoints of OAuth 2.0 and OpenID Connect. Not there in relay mode, where the source issues the tokens. */
@Module({
  imports: [AuthModule, SessionsModule, TokensModule, ClientsModule],
  controllers: [
    DiscoveryController,
    KeySetController,
    TokenController,
    IntrospectionController,
    RevocationController,
    UserinfoController,
  ],
  providers: [TokenLookup],
})
export class OidcModule {}
