import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Client, cookieOf, textOf } from './client';
import { Journal } from './journal';
import { eventually } from './ldap-logins';

/** Whose sessions the storm is about. */
export interface StormPerson {
  readonly uid: string;
  readonly password: string;
}

export interface ReplicaStormOptions {
  readonly url: string;
  /** Each has a session of its own on so many devices. */
  readonly devices: number;
  readonly person: StormPerson;
  /** Logs in and out all the time. */
  readonly visitor: StormPerson;
}

/** A session as its owner knows it: what was acknowledged last. */
interface Device {
  cookie: string;
  access: string;
  /** Refreshes that were acknowledged. */
  moves: number;
}

/** A session that a logout has ended, and was acknowledged. */
interface Ended {
  readonly cookie: string;
  readonly access: string;
}

/** As long as a person may be kept waiting by one answer that is lost after another. */
const patienceMs = 90_000;
/** A client that was not answered leaves the gateway alone for a moment. */
const pauseMs = 50;
const verifiesPerRefresh = 5;

/**
 * Well-behaved clients behind one address: each keeps the newest token that it got, and sends the same request again when it got no
 * answer, or one that says that the gateway is out of order.
 */
export class ReplicaStorm {
  readonly journal = new Journal();
  /** Answers that no honest client may get. */
  readonly wrong: string[] = [];
  private readonly client: Client;
  private readonly devices: Device[] = [];
  private readonly ended: Ended[] = [];
  private isOver = false;

  constructor(private readonly options: ReplicaStormOptions) {
    this.client = new Client(options.url);
  }

  /** Begins, and gives the promise that it has ended. */
  async begin(): Promise<{ readonly ended: Promise<unknown> }> {
    const { person, devices } = this.options;
    while (this.devices.length < devices) {
      const login = await this.persist('login', () => this.client.login(person.uid, person.password));
      this.devices.push({ cookie: cookieOf(login), access: textOf(login.data, 'access_token'), moves: 0 });
    }
    const work = [...this.devices.map((device, n) => this.live(device, n)), this.visit()];
    return { ended: Promise.all(work) };
  }

  end(): void {
    this.isOver = true;
  }

  /** Until every device has been acknowledged so many more refreshes, and the visitor so many more logouts. */
  async everybodyMoves(moves: number, logouts = 1): Promise<void> {
    const goals = this.devices.map((device) => device.moves + moves);
    const goal = this.ended.length + logouts;
    await eventually(() => {
      if (this.wrong.length > 0) throw new Error(this.wrong.join('\n'));
      return this.ended.length >= goal && this.devices.every((device, n) => device.moves >= (goals[n] ?? 0));
    }, patienceMs);
  }

  get acknowledged(): { readonly refreshes: number; readonly logouts: number } {
    const refreshes = this.devices.reduce((sum, { moves }) => sum + moves, 0);
    return { refreshes, logouts: this.ended.length };
  }

  /** At this gateway, every token that was acknowledged last leads on, and nothing that a logout has ended does anything. */
  async expectNothingLostAt(url: string): Promise<void> {
    const client = new Client(url);
    for (const [n, device] of this.devices.entries()) {
      const refreshed = await this.persist('refresh', () => client.refresh(device.cookie));
      expect([n, refreshed.status]).toEqual([n, 200]);
      device.cookie = cookieOf(refreshed);
      device.access = textOf(refreshed.data, 'access_token');
    }
    for (const { cookie, access } of this.ended) {
      expect((await this.persist('refresh', () => client.refresh(cookie))).status).toBe(401);
      expect((await this.persist('verify', () => verify(client, access))).status).toBe(401);
    }
  }

  private async live(device: Device, n: number): Promise<void> {
    while (!this.isOver && this.wrong.length === 0) {
      const refreshed = await this.persist('refresh', () => this.client.refresh(device.cookie));
      if (!this.expectStatus(refreshed, 200, `refresh of device ${n}`)) return;
      device.cookie = cookieOf(refreshed);
      device.access = textOf(refreshed.data, 'access_token');
      device.moves++;
      for (let turn = 0; turn < verifiesPerRefresh; turn++) {
        const verified = await this.persist('verify', () => verify(this.client, device.access));
        if (!this.expectStatus(verified, 200, `/verify of device ${n}`)) return;
      }
    }
  }

  private async visit(): Promise<void> {
    const { uid, password } = this.options.visitor;
    while (!this.isOver && this.wrong.length === 0) {
      const login = await this.persist('login', () => this.client.login(uid, password));
      if (!this.expectStatus(login, 200, 'login')) return;
      const session = { cookie: cookieOf(login), access: textOf(login.data, 'access_token') };
      const logout = await this.persist('logout', () => this.client.logout(session.cookie));
      if (!this.expectStatus(logout, 200, 'logout')) return;
      this.ended.push(session);
      const after = await this.persist('verify', () => verify(this.client, session.access));
      if (!this.expectStatus(after, 401, '/verify after the logout')) return;
    }
  }

  /** Sends a request until it is answered by a gateway that is in order. */
  private async persist(kind: string, request: () => Promise<Answer>): Promise<Answer> {
    const giveUpAtMs = performance.now() + patienceMs;
    while (performance.now() < giveUpAtMs) {
      const startedAtMs = performance.now();
      const answer = await request().catch(() => undefined);
      const failure = failureOf(kind, answer);
      this.journal.add({ kind, startedAtMs, endedAtMs: performance.now(), failure });
      if (answer && failure === undefined) return answer;
      await sleep(pauseMs);
    }
    throw new Error(`no ${kind} within ${patienceMs} ms`);
  }

  private expectStatus({ status, text }: Answer, expected: number, what: string): boolean {
    if (status !== expected) this.wrong.push(`${what}: ${status} ${text}`);
    return status === expected;
  }
}

function verify(client: Client, access: string): Promise<Answer> {
  return client.request('/api/auth/verify', { headers: { authorization: `Bearer ${access}` } });
}

/**
 * What a client tries again, by name. Tries of a login that were lost with a process count as wrong passwords for half a minute, so
 * that somebody who has lost several has to wait.
 */
function failureOf(kind: string, answer: Answer | undefined): string | undefined {
  if (!answer) return 'no answer';
  if ([502, 503, 504].includes(answer.status)) return String(answer.status);
  return kind === 'login' && answer.status === 429 ? '429' : undefined;
}
