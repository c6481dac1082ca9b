/** Where the standards endpoints are, below the address of the gateway. */
export const endpoints = {
  token: 'oidc/token',
  introspection: 'oidc/token/introspection',
  revocation: 'oidc/token/revocation',
  userinfo: 'oidc/me',
  keys: 'oidc/.well-known',
} as const;
