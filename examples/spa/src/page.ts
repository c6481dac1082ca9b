import type { GatehouseUser } from './gatehouse.js';
import type { Note } from './notes-api.ts';

/** Everything that touches the document. Texts of people become text nodes, never HTML. */
export class Page {
  readonly #login = element('login', HTMLFormElement);
  readonly #board = element('board', HTMLElement);
  readonly #add = element('add', HTMLFormElement);

  say(message: string): void {
    element('message', HTMLElement).textContent = message;
  }

  /** Hiding a form protects nothing: the API decides who may add notes. */
  showPerson(user: GatehouseUser | undefined): void {
    const mayAdd = user?.roles?.includes('editor') ?? false;
    this.#login.hidden = user !== undefined;
    this.#board.hidden = user === undefined;
    this.#add.hidden = !mayAdd;
    element('reader', HTMLElement).hidden = mayAdd;
    element('person', HTMLElement).hidden = user === undefined;
    element('name', HTMLElement).textContent = user?.name ?? user?.username ?? '';
    if (!user) this.showNotes([]);
  }

  showNotes(notes: readonly Note[]): void {
    element('notes', HTMLElement).replaceChildren(...notes.map(itemOf));
  }

  onLogin(logIn: (username: string, password: string) => Promise<void>): void {
    onSubmit(this.#login, (data) => logIn(String(data.get('username')), String(data.get('password'))));
  }

  onAdd(add: (text: string) => Promise<void>): void {
    onSubmit(this.#add, (data) => add(String(data.get('text'))));
  }

  onLogout(logOut: () => Promise<void>): void {
    element('logout', HTMLButtonElement).addEventListener('click', () => void logOut());
  }
}

/** The form is emptied afterwards, so that no password stays in the page. */
function onSubmit(form: HTMLFormElement, act: (data: FormData) => Promise<void>): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const data = new FormData(form);
    form.reset();
    void act(data);
  });
}

function itemOf({ text, author }: Note): HTMLElement {
  const item = document.createElement('li');
  const by = document.createElement('span');
  by.textContent = ` — ${author}`;
  item.append(text, by);
  return item;
}

/** @throws Error when index.html and this file do not fit together */
function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} with the id ${id}`);
}
