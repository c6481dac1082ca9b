/** The addresses of the pages. */
export const pagePaths = {
  login: '/login',
  password: '/password',
  account: '/account',
  admin: '/admin',
} as const;
