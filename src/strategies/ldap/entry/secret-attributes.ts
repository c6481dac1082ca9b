import { withoutOptions } from './attributes';

/**
 * What a login could be made of, in the schemas of OpenLDAP, Active Directory, Samba, Heimdal and MIT Kerberos, 389 Directory Server,
 * FreeIPA, eDirectory and PingDirectory. Most servers show none of them to anybody; a service account may have too many rights.
 */
const secretNames: ReadonlySet<string> = new Set(
  [
    ...['userPassword', 'authPassword', 'unicodePwd', 'dBCSPwd', 'ntPwdHistory', 'lmPwdHistory'],
    ...['supplementalCredentials', 'pwdHistory', 'passwordHistory', 'ds-pwp-retired-password'],
    ...['sambaNTPassword', 'sambaLMPassword', 'sambaPasswordHistory', 'sambaClearTextPassword'],
    ...['sambaPreviousClearTextPassword', 'krbPrincipalKey', 'krbPwdHistory', 'krbMKey', 'krbExtraData'],
    ...['krb5Key', 'krb5KeyVersionNumber', 'ipaNTHash', 'ipaNTTrustAuthIncoming', 'ipaNTTrustAuthOutgoing'],
    ...['ipatokenOTPkey', 'ipatokenHOTPauthWindow', 'ipaKrbPrincipalKey', 'oathSecret', 'oathHOTPToken'],
    ...['msDS-ManagedPassword', 'ms-Mcs-AdmPwd', 'msLAPS-Password', 'msLAPS-EncryptedPassword'],
    ...['msLAPS-EncryptedPasswordHistory', 'msLAPS-EncryptedDSRMPassword', 'msFVE-RecoveryPassword'],
    ...['msLAPS-EncryptedDSRMPasswordHistory', 'msFVE-KeyPackage', 'msTPM-OwnerInformation'],
    ...['msPKIAccountCredentials', 'msPKIDPAPIMasterKeys', 'msPKIRoamingTimeStamp', 'unixUserPassword'],
    ...['initialAuthIncoming', 'initialAuthOutgoing', 'trustAuthIncoming', 'trustAuthOutgoing'],
    ...[
      'currentValue',
      'priorValue',
      'pekList',
      'msDS-ExecuteScriptPassword',
      'userPKCS12',
      'nsslapd-rootpw',
    ],
    ...[
      'olcRootPW',
      'radiusTunnelPassword',
      'privateKey',
      'publicKeySecret',
      'nspmPassword',
      'nspmDistributionPassword',
    ],
    ...[
      'ds-auth-totp-shared-secret',
      'ds-auth-delivered-otp',
      'ds-auth-password-reset-token',
      'sshPrivateKey',
    ],
    ...['goFonPIN', 'goFonVoicemailPIN', 'ocspResponderSecret', 'dhcpKeySecret', 'ldapSecret'],
  ].map((name) => name.toLowerCase()),
);

/** Names that nobody gives to anything else; `pwdChangedTime` and `passwordExpirationTime` go on. */
const secretEnding = /(?:password|passwd|passphrase|pwd|rootpw|secret|privatekey|nthash|lmhash|otpkey)$/;
/** RFC 2307 section 5.3 and its many successors: a stored password, whatever the attribute is called. */
const storedPassword = /^\{(?:[a-z0-9]+(?:[-_/.][a-z0-9]+)*)\}\S/i;
const storedSchemes = /^\{(?:S?SHA|S?MD5|CRYPT|PBKDF2|ARGON2|BCRYPT|SCRYPT|SASL|CLEARTEXT|NTHASH|LMHASH|X-)/i;

/** Whether an attribute is one of those that are never shown to anybody, options or not. */
export function isSecretName(attribute: string): boolean {
  const plain = withoutOptions(attribute);
  return secretNames.has(plain) || secretEnding.test(plain);
}

/** Whether a value looks like a stored password, such as `{SSHA}…`. */
export function isStoredPassword(value: string): boolean {
  return storedPassword.test(value) && storedSchemes.test(value);
}
