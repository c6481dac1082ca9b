import type { DynamicModule } from '@nestjs/common';
import { MemberTable } from './member-table';
import { NotesController } from './notes.controller';

class NotesModule {}

/** The strategy is made before there are modules, so what it shares with them is handed in. */
export function notesModule(members: MemberTable): DynamicModule {
  return {
    module: NotesModule,
    controllers: [NotesController],
    providers: [{ provide: MemberTable, useValue: members }],
  };
}
