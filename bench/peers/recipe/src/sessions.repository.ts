import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import Database from 'better-sqlite3';
import { settings } from './settings.js';
import type { User } from './user.js';

export interface Session {
  id: string;
  user: User;
  refreshTokenHash: Buffer;
  expiresAt: number;
}

interface Row {
  id: string;
  user: string;
  refresh_token_hash: Buffer;
  expires_at: number;
}

/** One row per login, with the hash of the refresh token that is valid now. */
@Injectable()
export class SessionsRepository implements OnModuleDestroy {
  private readonly database = open();
  private readonly insertion = this.database.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?)');
  private readonly selection = this.database.prepare<[string], Row>('SELECT * FROM sessions WHERE id = ?');
  private readonly replacement = this.database.prepare(
    'UPDATE sessions SET refresh_token_hash = ?, expires_at = ? WHERE id = ? AND refresh_token_hash = ?',
  );
  private readonly deletion = this.database.prepare('DELETE FROM sessions WHERE id = ?');

  create({ id, user, refreshTokenHash, expiresAt }: Session): void {
    this.insertion.run(id, JSON.stringify(user), refreshTokenHash, expiresAt);
  }

  find(id: string): Session | undefined {
    const row = this.selection.get(id);
    if (!row) return undefined;
    return {
      id,
      user: JSON.parse(row.user) as User,
      refreshTokenHash: row.refresh_token_hash,
      expiresAt: row.expires_at,
    };
  }

  /** False where another request was first. */
  replaceToken(session: Session, hash: Buffer, expiresAt: number): boolean {
    return this.replacement.run(hash, expiresAt, session.id, session.refreshTokenHash).changes === 1;
  }

  delete(id: string): void {
    this.deletion.run(id);
  }

  onModuleDestroy(): void {
    this.database.close();
  }
}

function open(): Database.Database {
  const database = new Database(settings.databaseFile);
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${settings.databaseSynchronous}`);
  database.exec(
    'CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, user TEXT NOT NULL, refresh_token_hash BLOB NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID',
  );
  return database;
}
