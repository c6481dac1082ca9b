import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Module,
  Post,
  Put,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsString } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import {
  type Bearer,
  ConfigurationError,
  createGateway,
  CurrentBearer,
  type GatewayOptions,
  Public,
  RateLimit,
} from '../src/embed';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { noTriesLeft } from '../src/strategies/account-at-risk';
import { auditLinesIn } from './support/audit-lines';
import { Client, cookieOf, textOf } from './support/client';
import { temporaryFolder } from './support/gateway';
import { ClubStrategy, FindingStrategy, rightPassword } from './support/own-strategies';

class ParcelBody {
  @IsString()
  label: string = '';
}

@Controller('parcels')
class ParcelsController {
  @Get()
  whose(@CurrentBearer() { identity }: Bearer): object {
    return { subject: identity.subject };
  }

  @Get('weather')
  @Public()
  @RateLimit('none')
  weather(): object {
    return { sky: 'clear' };
  }

  @Post()
  add(@Body() body: ParcelBody): object {
    return { ...body };
  }

  @Put()
  replace(@Body() body: ParcelBody): object {
    return { ...body };
  }
}

/** Whom our guards had let in when the application's own one ran. */
const seenByGuard: unknown[] = [];

class ParcelsGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { bearer } = context.switchToHttp().getRequest<FastifyRequest>();
    seenByGuard.push(bearer?.identity.subject);
    return true;
  }
}

@Module({
  controllers: [ParcelsController],
  providers: [{ provide: APP_GUARD, useClass: ParcelsGuard }],
})
class ParcelsModule {}

const lines: string[] = [];
const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
let app: NestFastifyApplication | undefined;
let folder: string;
let club: ClubStrategy;

beforeEach(() => {
  folder = temporaryFolder();
  lines.splice(0);
  club = new ClubStrategy();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

function environment(change: NonNullable<GatewayOptions['environment']> = {}): typeof change {
  const paths = { DATA_DIR: folder, AUDIT_LOG: join(folder, 'audit.log') };
  return { NODE_ENV: 'test', REFUSAL_FLOOR_MS: '0', ...paths, ...change };
}

async function start(change: Record<string, string> = {}, strategies = [club]): Promise<Client> {
  const imports = [ParcelsModule];
  app = await createGateway({ strategies, imports, logger, environment: environment(change) });
  await app.listen(0, '127.0.0.1');
  return new Client(await app.getUrl());
}

function refuse(): never {
  throw new Error('no parcels today');
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const bearerOf = async (client: Client) => {
  const token = textOf((await client.login('alice', rightPassword)).data, 'access_token');
  return { authorization: `Bearer ${token}` };
};

/** Lines are written apart from the requests; closing writes what is left. */
async function auditLines(): Promise<readonly object[]> {
  await app?.close();
  app = undefined;
  return auditLinesIn(join(folder, 'audit.log'));
}

describe('routes of an embedding application', () => {
  it('are closed unless they are public, and get the bearer', async () => {
    const client = await start();
    const refused = await client.request('/parcels');
    expect([refused.status, refused.body['code']]).toEqual([401, 'UNAUTHORIZED']);
    expect((await client.request('/parcels/weather')).body).toEqual({ sky: 'clear' });
    const headers = await bearerOf(client);
    expect((await client.request('/parcels', { headers })).body).toEqual({ subject: 'club:1' });
  });

  it('may have guards of their own, which run after ours', async () => {
    const client = await start();
    const headers = await bearerOf(client);
    seenByGuard.splice(0);
    expect((await client.request('/parcels')).status).toBe(401);
    expect(seenByGuard).toEqual([]);
    await client.request('/parcels', { headers });
    expect(seenByGuard).toEqual(['club:1']);
  });

  it('have the limits, headers and errors of all others', async () => {
    const client = await start({ RATE_LIMIT_MAX: '6', ALLOWED_ORIGINS: 'https://app.example.org' });
    const headers = await bearerOf(client);
    const post = (body: unknown, more: Record<string, string> = {}) =>
      client.request('/parcels', { method: 'POST', body, headers: { ...headers, ...more } });
    expect((await post({ label: 'a', extra: 1 })).body).toEqual({ label: 'a' });
    const faulty = await post({ label: 7 }, { 'accept-language': 'en' });
    expect([faulty.status, faulty.body['code']]).toEqual([400, 'VALIDATION_ERROR']);
    const foreign = { origin: 'https://evil.example.net', 'sec-fetch-site': 'cross-site' };
    expect((await post({ label: 'a' }, foreign)).status).toBe(403);
    expect((await post('label=a', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await post({ label: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await client.request('/parcels', { method: 'DELETE' })).status).toBe(405);
    const answer = await client.request('/parcels', { headers });
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const statuses = [];
    for (let n = 0; n < 7; n++) statuses.push((await client.request('/parcels', { headers })).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await client.request('/parcels/weather', { headers })).status).toBe(200);
  });

  it('let pages of allowed origins use the methods of any API', async () => {
    const origin = 'https://app.example.org';
    const client = await start({ ALLOWED_ORIGINS: origin });
    const { headers } = await client.request('/parcels', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
    expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, DELETE, PUT, PATCH');
  });
});

describe('a strategy of an embedding application', () => {
  it('logs in, and its outage is 503, whatever it throws', async () => {
    const client = await start();
    const login = await client.login('alice', rightPassword);
    expect(login.status).toBe(200);
    expect((await client.refresh(cookieOf(login))).status).toBe(200);
    club.isDown = true;
    expect((await client.login('alice', rightPassword)).status).toBe(503);
    club.isDown = false;
    club.instead = ({ password }) => Promise.reject(new Error(`cannot bind ${password}`));
    const fault = await client.login('alice', rightPassword);
    expect([fault.status, fault.body['code']]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(lines.join('')).not.toContain(rightPassword);
    const audited = await auditLines();
    expect(audited).toContainEqual(
      expect.objectContaining({ event: 'login', outcome: 'success', subject: 'club:1', strategy: 'club' }),
    );
    expect(audited.filter((line) => 'outcome' in line && line.outcome === 'unavailable')).toHaveLength(2);
    expect(club.isClosed).toBe(true);
  });

  it('is not asked any more for an account that was guessed at too often, by whichever of its names', async () => {
    const finding = new FindingStrategy();
    const client = await start({ LOCKOUT_MAX_FAILURES: '3' }, [finding]);
    for (const name of ['alice', 'alice@club.example', 'alice', 'alice@club.example']) {
      expect((await client.login(name, 'a guess')).status).toBe(401);
    }
    expect(finding.asked).toHaveLength(3);
    expect((await client.login('alice', rightPassword)).status).toBe(401);
    expect(finding.asked).toHaveLength(3);
    expect((await client.login('alice', rightPassword)).status).toBe(429);
    const refused = (await auditLines()).filter((line) => 'event' in line && line.event === 'login');
    expect(refused.at(-2)).toMatchObject({
      outcome: 'refused',
      strategy: 'club',
      reason: `club: ${noTriesLeft}`,
    });
  });

  it('cannot let anybody in as a person of another source', async () => {
    const client = await start();
    club.instead = () =>
      Promise.resolve({
        accepted: true,
        identity: { ...club.alice, subject: 'file:demo', strategy: 'file' },
      });
    expect((await client.login('alice', rightPassword)).status).toBe(503);
  });

  it('has sessions that an administrator can end by subject', async () => {
    club.instead = () => Promise.resolve({ accepted: true, identity: { ...club.alice, roles: ['admin'] } });
    const client = await start({ ADMIN_ROLE: 'admin' });
    const headers = await bearerOf(client);
    const path = '/api/admin/sessions?user=club:77';
    expect((await client.request(path, { method: 'DELETE', headers })).status).toBe(200);
    const ended = (await auditLines()).filter((line) => 'event' in line && line.event === 'session_end');
    expect(ended).toEqual([expect.objectContaining({ subject: 'club:77' })]);
  });

  it('keeps nothing open when a module of the application does not start', async () => {
    @Module({ providers: [{ provide: 'parcels', useValue: { onModuleInit: refuse } }] })
    class FailingModule {}
    const openFiles = () =>
      readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith(folder));
    const imports = [FailingModule];
    const starting = createGateway({ strategies: [club], imports, logger, environment: environment() });
    await expect(starting).rejects.toThrow('no parcels today');
    expect(openFiles()).toEqual([]);
  });

  it('stands in STRATEGIES among ours, in its order', async () => {
    const pier = new ClubStrategy('pier');
    const usersFile = join(folder, 'users.json');
    writeUsersFile(usersFile, []);
    const client = await start({ STRATEGIES: 'pier,file', USERS_FILE: usersFile }, [club, pier]);
    expect((await client.login('alice', rightPassword)).data['user']).toMatchObject({ sub: 'pier:1' });
    expect(club.asked).toEqual([]);
    expect(lines.join('')).toContain('STRATEGIES does not name club');
  });

  it.each([['file'], ['ldap'], ['Club'], ['ldap.club'], ['club:a'], ['']])(
    'cannot be called "%s"',
    async (name) => {
      const strategies = [new ClubStrategy(name)];
      await expect(createGateway({ strategies, logger, environment: environment() })).rejects.toThrow(/name/);
    },
  );

  it('cannot have the name of another one', async () => {
    const strategies = [club, new ClubStrategy()];
    await expect(createGateway({ strategies, logger, environment: environment() })).rejects.toThrow(
      /same name/,
    );
  });
});

describe('the settings of an embedding application', () => {
  it.each([
    ['what no strategy is called', { STRATEGIES: 'club,pier' }, /STRATEGIES must hold only club, file/],
    ['workers, which only the gateway itself can lead', { WORKERS: '2' }, /WORKERS must be 1/],
  ])('refuse %s', async (_case, change, fault) => {
    const attempt = createGateway({ strategies: [club], logger, environment: environment(change) });
    const error: unknown = await attempt.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(fault);
  });

  it('start in production with an own strategy alone', async () => {
    const production = {
      NODE_ENV: 'production',
      JWT_ISSUER: 'https://id.example.org',
      JWT_AUDIENCE: 'parcels',
    };
    const client = await start(production);
    expect((await client.login('alice', rightPassword)).status).toBe(200);
  });
});

describe('docs/embed.md', () => {
  it('names exactly what the package exports', () => {
    const read = (path: string) => readFileSync(join(__dirname, '..', path), 'utf8');
    const source = read('src/embed.ts');
    const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
      list.split(','),
    );
    const declared = [...source.matchAll(/^export (?:async )?(?:function|interface|class|const) (\w+)/gm)];
    const exported = [...lists, ...declared.map(([, name = '']) => name)]
      .map((name) => name.replace(/^\s*type /, '').trim())
      .filter((name) => name !== '');
    const [, stable = ''] = read('docs/embed.md').split('## What is stable');
    const named = [...stable.matchAll(/^\| `(\w+)` *\|/gm)].map(([, name = '']) => name);
    expect(named.toSorted()).toEqual(exported.toSorted());
  });
});
