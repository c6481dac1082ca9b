import { join } from 'node:path';
import { createGateway } from 'gatehouse';
import { MemberTable } from './member-table';
import { MembersStrategy } from './members.strategy';
import { notesModule } from './notes.module';

async function main(): Promise<void> {
  const members = new MemberTable(process.env['MEMBERS_FILE'] ?? join(__dirname, '..', 'members.json'));
  const app = await createGateway({
    strategies: [new MembersStrategy(members)],
    imports: [notesModule(members)],
  });
  app.enableShutdownHooks();
  await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
  process.stdout.write(`The notes application is ready on ${await app.getUrl()}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
