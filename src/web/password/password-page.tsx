import type { VNode } from 'preact';
import { longestPassword, longestUsername } from '../../auth/credential-fields';
import { Fault, Field } from '../pages/form';
import { Page } from '../pages/layout';
import { formAddress, type PageView } from '../pages/page-view';
import { pagePaths } from '../pages/paths';

const fieldNames = ['username', 'old_password', 'new_password', 'repeat_password'] as const;
export type PasswordFieldName = (typeof fieldNames)[number];

export interface PasswordPageProps {
  readonly view: PageView;
  readonly username?: string;
  /** Whether the name is that of the person who is logged in, so that there is nothing to type. */
  readonly isOwn?: boolean;
  /** PASSWORD_MIN_LENGTH. */
  readonly leastLength: number;
  /** Why the person is here, or what went wrong at the last try. */
  readonly fault?: string;
  /** The field that this is about. */
  readonly wrongField?: PasswordFieldName;
  readonly fieldFaults?: Readonly<Record<string, string>>;
}

const words = {
  es: {
    ...{ title: 'Cambiar la contraseña', username: 'Nombre de usuario', old: 'Contraseña actual' },
    ...{ new: 'Contraseña nueva', repeat: 'Contraseña nueva otra vez' },
    hint: (least: number) => `${least} caracteres o más, sin el nombre de usuario.`,
  },
  en: {
    ...{ title: 'Change password', username: 'User name', old: 'Current password' },
    ...{ new: 'New password', repeat: 'New password once more' },
    hint: (least: number) => `${least} characters or more, without the user name.`,
  },
};

/** Asks for the old password and a new one. Nothing that was typed as a password ever comes back. */
export function PasswordPage(props: PasswordPageProps): VNode {
  const { view, username, isOwn = false, fault } = props;
  const text = words[view.locale];
  const about = fieldStates(props);
  const password = { type: 'password', maxLength: longestPassword } as const;
  return (
    <Page title={text.title} view={view} isFault={fault !== undefined}>
      <Fault text={fault} />
      <form method="post" action={formAddress(pagePaths.password, view)}>
        <Field
          {...{ ...about('username'), label: text.username, type: 'text', autocomplete: 'username' }}
          {...{ maxLength: longestUsername, value: username, isReadOnly: isOwn }}
        />
        <Field {...about('old_password')} {...password} label={text.old} autocomplete="current-password" />
        <Field
          {...{ ...about('new_password'), ...password, label: text.new, autocomplete: 'new-password' }}
          hint={text.hint(props.leastLength)}
        />
        <Field {...about('repeat_password')} {...password} label={text.repeat} autocomplete="new-password" />
        <button type="submit">{text.title}</button>
      </form>
    </Page>
  );
}

/** What is wrong with each field, and which has the focus: the one that is wrong, else the first that is empty. */
function fieldStates({ username, wrongField, fieldFaults = {} }: PasswordPageProps) {
  const faulty = fieldNames.find((name) => fieldFaults[name] !== undefined) ?? wrongField;
  const focus = faulty ?? (username === undefined ? 'username' : 'old_password');
  return (name: PasswordFieldName) => ({
    ...{ name, fault: fieldFaults[name], isWrong: wrongField === name, hasFocus: focus === name },
  });
}
