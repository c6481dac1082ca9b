/** The controls that this door knows. */
export const oids = {
  /** draft-behera-ldap-password-policy section 6, request and response. */
  passwordPolicy: '1.3.6.1.4.1.42.2.27.8.5.1',
  /** RFC 3829. */
  authorizationIdentityRequest: '2.16.840.1.113730.3.4.16',
  authorizationIdentityResponse: '2.16.840.1.113730.3.4.15',
  /** Request and response. */
  authorizationEntry: '1.3.6.1.4.1.30221.2.5.6',
  /** Request and response. */
  accountUsable: '1.3.6.1.4.1.42.2.27.9.5.8',
  stateIssuesRequest: '1.3.6.1.4.1.30221.2.5.46',
  stateIssuesResponse: '1.3.6.1.4.1.30221.2.5.47',
  /** draft-vchu-ldap-pwd-policy; nobody asks for these two. */
  passwordExpired: '2.16.840.1.113730.3.4.4',
  passwordExpiring: '2.16.840.1.113730.3.4.5',
} as const;
