import { Module } from '@nestjs/common';
import { ClientFilesController } from './client-files.controller';

/** Serves the browser client. Also there without pages and in relay mode, whose routes are the same. */
@Module({ controllers: [ClientFilesController] })
export class ClientFilesModule {}
