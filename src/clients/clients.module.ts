import { Module } from '@nestjs/common';
import { ClientGuessesModule } from '../throttle/throttle.module';
import { ClientDoor } from './client-door';
import { ClientRegistry } from './client-registry';

@Module({
  imports: [ClientGuessesModule],
  providers: [ClientRegistry, ClientDoor],
  exports: [ClientRegistry, ClientDoor],
})
export class ClientsModule {}
