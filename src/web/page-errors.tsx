import type { FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import { longestUsername } from '../auth/credential-fields';
import type { ErrorCode } from '../common/error-codes';
import { type ErrorDialect, type ErrorReply, errorReply } from '../common/error-reply';
import type { GatehouseError } from '../common/gatehouse-error';
import { prefersHtml } from '../common/locale';
import type { Settings } from '../config/settings';
import { LoginPage } from './login/login-page';
import { brandOf } from './pages/brand';
import { ErrorPage } from './pages/error-page';
import { personText } from './pages/error-texts';
import { pageHeaders, pageText } from './pages/page-reply';
import { formOriginsOf, type PageView, pageView } from './pages/page-view';
import { anyPagePath, pageAddress, pagePaths } from './pages/paths';
import { type PasswordFieldName, PasswordPage } from './password/password-page';

/** An error at a path of the pages, on its way to a person. */
interface Failure {
  readonly error: GatehouseError;
  readonly view: PageView;
  readonly request: FastifyRequest;
  readonly requestId: string;
  readonly settings: Settings;
}

/**
 * Errors at the paths of the pages: the form once more with what is wrong, the login page for strangers, else a page of its own.
 * Programs get the native form.
 * @throws Error when a file cannot be read that pages need, so that the gateway does not start without it
 */
export function pageErrors(settings: Settings): ErrorDialect {
  brandOf(settings);
  return {
    paths: anyPagePath,
    writeFor: (error, options, request) => {
      const native = errorReply(error, options);
      if (!prefersHtml(request.headers)) return native;
      const view = pageView(request, settings);
      const { requestId } = options;
      return asPage(native, { error, view, request, requestId, settings });
    },
  };
}

function asPage(native: ErrorReply, failure: Failure): ErrorReply {
  const { error, view } = failure;
  const form = formOf(failure);
  if (!form && error.status === 401) return leadToLogin(native, failure);
  return {
    status: native.status,
    headers: {
      ...native.headers,
      ...pageHeaders({ locale: view.locale, ...(form && { formOrigins: formOriginsOf(view) }) }),
    },
    body: pageText(form ?? errorPage(failure)),
  };
}

/** What is wrong with what was typed, or may be right a little later. */
const aboutForms: ReadonlySet<ErrorCode> = new Set([
  ...(['UNAUTHORIZED', 'VALIDATION_ERROR', 'TOO_MANY_REQUESTS', 'SERVICE_UNAVAILABLE', 'FORBIDDEN'] as const),
  ...(['ACCOUNT_DISABLED', 'ACCOUNT_EXPIRED', 'ACCOUNT_LOCKED', 'LOGON_NOT_ALLOWED'] as const),
  ...(['PASSWORD_EXPIRED', 'PASSWORD_MUST_CHANGE', 'PASSWORD_REJECTED'] as const),
]);

/** The form that was sent, with what is wrong; where the password is too old, the form that changes it. */
function formOf(failure: Failure): VNode | undefined {
  const { error, view, request } = failure;
  if (request.method !== 'POST' || !aboutForms.has(error.code)) return undefined;
  if (view.path === pagePaths.password) return passwordForm(failure);
  if (view.path !== pagePaths.login) return undefined;
  const mustChange = error.code === 'PASSWORD_EXPIRED' || error.code === 'PASSWORD_MUST_CHANGE';
  return mustChange ? passwordForm(failure) : loginForm(failure);
}

function loginForm(failure: Failure): VNode {
  const { error, view } = failure;
  const username = typedName(failure.request.body);
  return (
    <LoginPage
      view={view}
      fault={personText(error, view.locale)}
      isRefused={error.code === 'UNAUTHORIZED'}
      fieldFaults={fieldFaultsOf(failure)}
      {...(username !== undefined && { username })}
    />
  );
}

function passwordForm(failure: Failure): VNode {
  const { error, settings } = failure;
  const view = { ...failure.view, path: pagePaths.password };
  const username = typedName(failure.request.body);
  const wrongField = wrongFieldOf(error.code);
  return (
    <PasswordPage
      view={view}
      leastLength={settings.PASSWORD_MIN_LENGTH}
      fault={personText(error, view.locale)}
      fieldFaults={fieldFaultsOf(failure)}
      {...(username !== undefined && { username })}
      {...(wrongField && { wrongField })}
    />
  );
}

function wrongFieldOf(code: ErrorCode): PasswordFieldName | undefined {
  if (code === 'UNAUTHORIZED') return 'old_password';
  return code === 'PASSWORD_REJECTED' ? 'new_password' : undefined;
}

const fieldNames = {
  es: {
    ...{ username: 'El nombre de usuario', password: 'La contraseña', old_password: 'La contraseña actual' },
    ...{ new_password: 'La contraseña nueva', repeat_password: 'La contraseña repetida' },
  },
  en: {
    ...{ username: 'The user name', password: 'The password', old_password: 'The current password' },
    ...{ new_password: 'The new password', repeat_password: 'The repeated password' },
  },
};

function fieldFaultsOf({ error, view: { locale } }: Failure): Record<string, string> {
  const names = new Map<string, string>(Object.entries(fieldNames[locale]));
  const faults = (error.options.fields ?? []).map(({ campo, text }): [string, string] => [
    campo,
    `${names.get(campo) ?? campo} ${text[locale]}.`,
  ]);
  return Object.fromEntries(faults);
}

/** Nothing but the name ever goes back into a form. */
function typedName(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('username' in body)) return undefined;
  const { username } = body;
  return typeof username === 'string' ? username.slice(0, longestUsername) : undefined;
}

/**
 * Strangers log in and come back. After a form they come back to the page that it belongs to: what they sent is not done. There the login
 * is asked for again in any case, because it may only have been too old for what they wanted.
 */
function leadToLogin(native: ErrorReply, { view, request }: Failure): ErrorReply {
  const isPost = request.method === 'POST';
  const room = `/${view.path.split('/', 2)[1] ?? ''}`;
  const returnTo = isPost ? room : withoutLanguage(request.url);
  const address = pageAddress(pagePaths.login, { lang: view.lang, returnTo }, isPost ? { again: '' } : {});
  return { status: 303, headers: { ...native.headers, Location: address }, body: '' };
}

function withoutLanguage(url: string): string {
  return url.replace(/([?&])lang=[a-z]*&?/, '$1').replace(/[?&]$/, '');
}

const goOn = {
  es: { login: 'Ir a la página de inicio de sesión', other: 'Entrar con otra cuenta' },
  en: { login: 'Go to the login page', other: 'Log in with another account' },
};

function errorPage({ error, view, requestId }: Failure): VNode {
  const isForbidden = error.code === 'FORBIDDEN';
  const address = pageAddress(pagePaths.login, view, isForbidden ? { again: '' } : {});
  const { login, other } = goOn[view.locale];
  return (
    <ErrorPage error={error} view={{ ...view, path: pathToShow(view) }} requestId={requestId}>
      <p>
        <a href={address}>{isForbidden ? other : login}</a>
      </p>
    </ErrorPage>
  );
}

/** The language switch asks by GET, which not every path takes. */
function pathToShow({ path }: PageView): string {
  return pagesOfForms.get(path) ?? path;
}

/** The page that each address belongs to that takes forms only. */
const pagesOfForms: ReadonlyMap<string, string> = new Map([
  [pagePaths.logout, pagePaths.login],
  [pagePaths.accountEnd, pagePaths.account],
  [pagePaths.accountEndOthers, pagePaths.account],
  [pagePaths.adminEnd, pagePaths.admin],
  [pagePaths.adminEndAll, pagePaths.admin],
]);
