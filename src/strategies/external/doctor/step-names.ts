/** In the order in which they are taken. Those of an address come once for each address. */
export const stepNames = [
  'settings',
  'dns',
  'tcp',
  'tls',
  'login',
  'jwks',
  'profile',
  'token-size',
  'shadow',
] as const;
export type StepName = (typeof stepNames)[number];
