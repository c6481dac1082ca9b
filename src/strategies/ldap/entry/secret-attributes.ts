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
    ...['sASLoginConfiguration', 'pwmResponseSet', 'oathDeviceProfiles', 'kbaInfo'],
    ...['goFonPIN', 'goFonVoicemailPIN', 'ocspResponderSecret', 'dhcpKeySecret', 'ldapSecret'],
  ].map((name) => name.toLowerCase()),
);

/** What no name holds or ends with that means anything else. `pwdChangedTime` and `passwordExpirationTime` go on. */
const secretParts = new RegExp(
  [
    '(?:password|passwd|passphrase|pwd|pw|secrets?|nthash|lmhash|tokens?)$',
    '(?:pass(?:word|wd|phrase)?|pwd?)-?s?-?(?:history|hash|verifier|used)',
    '(?:secret|private|api|otp)-?key',
    'credential',
    'answer',
    'otp(?!rint)',
    'seed',
    '^mstpm-ownerinformation',
  ].join('|'),
);
/** How many old passwords are kept, and the like. */
const harmlessEnding = /history(?:len(?:gth)?|count|duration)$/;
/** RFC 2307 section 5.3 and its many successors: a stored password, whatever the attribute is called. */
const storedPassword = /^\{[a-z0-9]+(?:[-_/.][a-z0-9]+)*\}\S/i;
/** Beginnings of schemes. */
const storedSchemes =
  /^\{(?:S?SHA|S?MD5|CRYPT|BLF-CRYPT|PBKDF2|PKCS5S2|ARGON2|[BS]CRYPT|(?:GOST_)?YESCRYPT|SASL|SCRAM|[HT]OTP|(?:NT|LM)HASH|X-)/i;
/** Whole ones: what begins like these may be anything. */
const storedSchemeNames =
  /^\{(?:CLEAR(?:TEXT)?|PLAIN(?:-MD[45])?|BASE64|AES(?:128|192|256)?|3DES|RC4|BLOWFISH|NTLM?|LM|LANMAN|CRAM-MD5|DIGEST-MD5|HMAC-MD5)(?:[.](?:b64|base64|hex))?\}/i;
/** crypt(5): the hash method between two dollar signs, then the salt or parameters. */
const cryptHash = /^\$[0-9a-z-]+\$\S/i;

/** Whether an attribute is one of those that are never shown to anybody, options or not. */
export function isSecretName(attribute: string): boolean {
  const plain = withoutOptions(attribute);
  return secretNames.has(plain) || (secretParts.test(plain) && !harmlessEnding.test(plain));
}

/** Whether a value looks like a stored password, such as `{SSHA}…` and `$6$…`. */
export function isStoredPassword(value: string): boolean {
  if (cryptHash.test(value)) return true;
  return storedPassword.test(value) && (storedSchemes.test(value) || storedSchemeNames.test(value));
}
