/** The paths of the dialect, each also with the slash at the end that Django's own routes have. */
export const djangoPaths = {
  login: '/api/login-ldap',
  logout: '/api/logout',
  session: '/api/session',
} as const;

const anyDjangoPath = new RegExp(`^(?:${Object.values(djangoPaths).join('|')})/?$`);

export function isDjangoPath(path: string): boolean {
  return anyDjangoPath.test(path);
}

export function withoutEndSlash(path: string): string {
  return path.replace(/\/$/, '');
}
