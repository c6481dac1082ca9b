import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, Client } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

function change(nueva_contrasenia: string): Promise<Answer> {
  const body = { usuario: 'demo', contrasenia: gateway.demoPassword, nueva_contrasenia };
  return new Client(gateway.url).request('/api/auth/password', { method: 'POST', body });
}

describe('a password of any age', () => {
  it('lets its owner in, and nothing asks for another one', async () => {
    gateway = await startGateway();
    gateway.clock.advance(10 * 365 * 86_400_000);
    const login = await new Client(gateway.url).login('demo', gateway.demoPassword);
    expect([login.status, login.data['password']]).toEqual([200, undefined]);
  });
});

describe('a new password that nobody may have', () => {
  it('is refused with the reason before any source is asked, and is not repeated', async () => {
    const list = join(temporaryFolder(), 'list.txt');
    writeFileSync(list, 'canary-listed\n');
    gateway = await startGateway({ PASSWORD_BLOCKLIST_FILE: list, PASSWORD_FORBIDDEN_WORDS: 'Gatehouse' });
    for (const [word, reason] of [
      ['canary7', 'La nueva contraseña tiene menos de 8 caracteres'],
      ['Canary-Listed', 'lista de contraseñas fáciles de adivinar'],
      ['Gatehouse-77', 'palabras que cualquiera adivinaría'],
    ] as const) {
      const answer = await change(word);
      expect([word, answer.status, answer.body['code']]).toEqual([word, 422, 'PASSWORD_REJECTED']);
      expect(answer.body['message']).toContain(reason);
      expect(`${answer.text}${gateway.logs()}`).not.toContain(word);
    }
    // What passes the rules is put to the source, which cannot change passwords here.
    expect((await change('a long enough canary')).status).toBe(403);
  });
});
