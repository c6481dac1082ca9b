import { randomBytes } from 'node:crypto';
import { hashPassword } from './password-hash';
import type { UserRecord, UserSource } from './user-source';

const passwordBytes = 15;

/** One user in memory for trying the gateway out. The password is new at each start, the subject always the same. */
export class DemoUsers implements UserSource {
  readonly username = 'demo';

  private constructor(
    private readonly user: UserRecord,
    private password: string | undefined,
  ) {}

  static async create(): Promise<DemoUsers> {
    const password = randomBytes(passwordBytes).toString('base64url');
    return new DemoUsers(demoUser(await hashPassword(password)), password);
  }

  /** The password, once, for whoever starts the process to show; undefined ever after. */
  takePassword(): string | undefined {
    const { password } = this;
    this.password = undefined;
    return password;
  }

  findByName(canonicalName: string): Promise<UserRecord | undefined> {
    return Promise.resolve(canonicalName === this.user.username ? this.user : undefined);
  }

  findById(id: string): Promise<UserRecord | undefined> {
    return Promise.resolve(id === this.user.id ? this.user : undefined);
  }
}

function demoUser(passwordHash: string): UserRecord {
  return {
    id: 'demo',
    username: 'demo',
    passwordHash,
    displayName: 'Demo User',
    givenName: 'Demo',
    familyName: 'User',
    email: 'demo@example.org',
    groups: ['demo-users'],
    roles: ['user'],
    disabled: false,
  };
}
