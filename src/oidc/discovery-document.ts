import { clientAuthMethods } from '../config/client-settings';
import { knownScopes } from '../config/scopes';
import { endpoints } from './endpoints';

/** What clients need to know of the gateway: RFC 8414 section 2 and OpenID Connect Discovery 1.0 section 3. */
export interface DiscoveryDocument {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly introspection_endpoint: string;
  readonly revocation_endpoint: string;
  readonly userinfo_endpoint: string;
  readonly jwks_uri: string;
  readonly response_types_supported: readonly string[];
  readonly grant_types_supported: readonly string[];
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly introspection_endpoint_auth_methods_supported: readonly string[];
  readonly revocation_endpoint_auth_methods_supported: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly claims_supported: readonly string[];
  readonly subject_types_supported: readonly string[];
  readonly id_token_signing_alg_values_supported: readonly string[];
  readonly claims_parameter_supported: boolean;
  readonly request_uri_parameter_supported: boolean;
}

const claims = [
  ...['iss', 'sub', 'aud', 'iat', 'exp', 'auth_time', 'sid', 'at_hash'],
  ...['preferred_username', 'name', 'given_name', 'family_name', 'email', 'groups', 'roles'],
  'claims_omitted',
];

/**
 * Says only what is true. There is no page to which a browser could be sent, so no `authorization_endpoint`, and an empty
 * `response_types_supported`: both standards demand the member, and clients look for it.
 * @param algorithms those that sign ID tokens now or soon; none with HS256, where there are no ID tokens
 */
export function discoveryDocument(issuer: string, algorithms: readonly string[]): DiscoveryDocument {
  const at = (path: string): string => `${issuer.replace(/\/$/, '')}/${path}`;
  return {
    issuer,
    token_endpoint: at(endpoints.token),
    introspection_endpoint: at(endpoints.introspection),
    revocation_endpoint: at(endpoints.revocation),
    userinfo_endpoint: at(endpoints.userinfo),
    jwks_uri: at('.well-known/jwks.json'),
    response_types_supported: [],
    grant_types_supported: ['refresh_token'],
    token_endpoint_auth_methods_supported: clientAuthMethods,
    introspection_endpoint_auth_methods_supported: clientAuthMethods,
    revocation_endpoint_auth_methods_supported: clientAuthMethods,
    scopes_supported: knownScopes.filter((scope) => scope !== 'openid' || algorithms.length > 0),
    claims_supported: claims,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: algorithms,
    claims_parameter_supported: false,
    request_uri_parameter_supported: false,
  };
}
