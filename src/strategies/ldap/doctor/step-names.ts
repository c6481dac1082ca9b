/** In the order in which they are taken. Those of a server come once for each server. */
export const stepNames = [
  'settings',
  'dns',
  'tcp',
  'starttls',
  'tls',
  'root-dse',
  'service-bind',
  'base-dn',
  'user-search',
  'groups',
  'claims',
  'token-size',
  'password-policy',
] as const;
export type StepName = (typeof stepNames)[number];
