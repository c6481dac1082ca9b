import { createGatehouse, GatehouseError, type GatehouseUser } from './gatehouse.js';
import { NotesApi } from './notes-api.ts';
import { Page } from './page.ts';

/** Where the gateway is differs between machines, so the page asks its own server instead of having it built in. */
async function gatewayUrl(): Promise<string> {
  const answer = await fetch('/settings.json');
  const settings: unknown = await answer.json();
  if (typeof settings === 'object' && settings !== null && 'gatewayUrl' in settings) {
    return String(settings.gatewayUrl);
  }
  throw new Error('settings.json names no gateway');
}

const page = new Page();
const gatehouse = createGatehouse({ baseUrl: await gatewayUrl(), apiOrigins: ['/'], locale: 'en' });
const notes = new NotesApi(gatehouse.fetch);

/** Runs what somebody asked for, and shows what went wrong with it. */
async function attempt(action: () => Promise<void>): Promise<void> {
  page.say('');
  try {
    await action();
  } catch (error) {
    page.say(describe(error));
  }
}

function describe(error: unknown): string {
  if (!(error instanceof GatehouseError)) return error instanceof Error ? error.message : String(error);
  if (error.code === 'UNAUTHORIZED') return 'Wrong user name or password.';
  if (error.status === 429) return `Too many tries. Come back in ${error.retryAfterSeconds ?? 60} s.`;
  return error.message;
}

/** Also runs when somebody has logged in or out in another tab. */
async function show(user: GatehouseUser | undefined): Promise<void> {
  page.showPerson(user);
  if (user) await attempt(async () => page.showNotes(await notes.list()));
}

gatehouse.on('user', (user) => void show(user));
gatehouse.on('session-ended', (error) => page.say(`Please log in again: ${error.message}`));

page.onLogin((username, password) =>
  attempt(async () => {
    await gatehouse.login({ username, password });
  }),
);
page.onLogout(() =>
  attempt(async () => {
    const isKnown = await gatehouse.logout();
    if (!isKnown) page.say('You are logged out here. The gateway is told as soon as it can be reached.');
  }),
);
page.onAdd((text) =>
  attempt(async () => {
    await notes.add(text);
    page.showNotes(await notes.list());
  }),
);

await attempt(async () => {
  // A session that goes on is shown by the event `user`.
  if (!(await gatehouse.resume())) page.showPerson(undefined);
});
