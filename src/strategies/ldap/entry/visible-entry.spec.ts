import { DirectoryEntry } from './directory-entry';
import { isSecretName, isStoredPassword } from './secret-attributes';
import { askedAttributes, visibleEntry } from './visible-entry';

describe('what is secret', () => {
  it.each([
    'userPassword',
    'USERPASSWORD',
    'userPassword;binary',
    'userPassword;lang-de',
    'unicodePwd',
    'sambaNTPassword',
    'krbPrincipalKey',
    'supplementalCredentials',
    'msLAPS-Password',
    'ms-Mcs-AdmPwd',
    'corpLegacyPassword',
    'clientSecret',
    'pwdHistory',
    'pwhistory',
    'msPKI-CredentialRoamingTokens',
    'msTPM-OwnerInformationTemp',
    'ds-auth-single-use-token',
    'passwordsUsed',
    'nspmPasswordHistory',
    'sASLoginSecretKey',
    'sASLoginConfiguration',
    'orclPasswordVerifier',
    'orclPasswordVerifier;orclcommonpwd',
    'pwmResponseSet',
    'oathDeviceProfiles',
    'kbaInfo',
    'securityAnswer1',
    'ipaSecretKey',
    'nisSecretKey',
    'nsds5ReplicaCredentials',
    'passwordHash',
    'sambaPwdHistory',
    'ibm-slapdAdminPw',
    'totpSeed',
  ])('is %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'pwdChangedTime',
    'pwdLastSet',
    'passwordExpirationTime',
    'krbPasswordExpiration',
    'msDS-UserPasswordExpiryTimeComputed',
    'uid',
    'secretary',
    'pwdPolicySubentry',
    'pwdFailureTime',
    'pwdGraceUseTime',
    'passwordRetryCount',
    'passwordPolicySubentry',
    'sambaPwdLastSet',
    'sambaPwdHistoryLength',
    'msDS-PasswordHistoryLength',
    'tokenGroups',
    'carbonFootprint',
    'passportNumber',
    'badPwdCount',
  ])('is not %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  it.each([
    ...['{SSHA}abc', '{CRYPT}$6$x', '{ARGON2}$argon2id$', '{PBKDF2-SHA256}1$x', '{x-nthash}00'],
    ...['{BLF-CRYPT}$2y$', '{AES256}x', '{3DES}x', '{AES}x', '{RC4}x', '{BLOWFISH}x', '{BASE64}eA=='],
    ...['{CLEAR}x', '{clear}x', '{PLAIN}x', '{CLEARTEXT}x', '{NTLM}x', '{LANMAN}x', '{SCRAM-SHA-256}4096,x'],
    ...['{TOTP1}x', '{TOTP256ANDPW}x', '{GOST_YESCRYPT}x', '{CRAM-MD5}x', '{DIGEST-MD5}x', '{SHA512.b64}x'],
    ...['$6$salt$hash', '$2y$10$x', '$argon2id$v=19$x', '$y$j9T$x', '$pbkdf2-sha256$x'],
  ])('looks like %s', (value) => {
    expect(isStoredPassword(value)).toBe(true);
  });

  it.each([
    ...['{SSHA}', 'SSHA', '{note} a text', 'smtp:{SSHA}x', '{6f9619ff-8b86-d011-b42d-00c04fc964ff}x'],
    ...['{plainness}x', '{aesthetics}x', '$5', '$5$ each', '$HOME/$USER'],
  ])('does not look like %s', (value) => {
    expect(isStoredPassword(value)).toBe(false);
  });
});

describe('askedAttributes', () => {
  it('asks for what can be shown, once, and for at most 200 names', () => {
    const names = [
      '*',
      '+',
      'uid',
      'UID',
      'cn;lang-de',
      'userPassword',
      '2.5.4.35',
      '1.1',
      '',
      'a b',
      '(uid=*)',
    ];
    expect(askedAttributes(names).attributes).toEqual(['*', '+', 'uid', 'cn;lang-de']);
    const many = Array.from({ length: 300 }, (_, index) => `name${index}`);
    expect(askedAttributes(many).attributes).toHaveLength(200);
    expect(askedAttributes(['x'.repeat(257)]).attributes).toEqual([]);
  });

  it('reads as bytes what is known to be bytes, asked for or not', () => {
    expect(askedAttributes(['*', 'x;binary']).binaryAttributes).toEqual(
      expect.arrayContaining(['jpegPhoto', 'objectGUID', 'x;binary']),
    );
  });
});

describe('visibleEntry', () => {
  const shown = (attributes: Record<string, string | Buffer | string[]>) =>
    visibleEntry(new DirectoryEntry('uid=x', attributes));

  it('shows no secret, also where the server gives one that nobody asked for', () => {
    const { entry, leftOut } = shown({ uid: 'x', userPassword: 'canary', unicodePwd: Buffer.from('canary') });
    expect(entry).toEqual({ dn: 'uid=x', attributes: { uid: ['x'] } });
    expect(leftOut).toEqual([]);
  });

  it('leaves out what is too much, and goes on with what fits', () => {
    const { entry, leftOut } = shown({
      many: Array.from({ length: 2001 }, String),
      huge: 'x'.repeat(1_048_577),
      uid: 'x',
      none: [],
    });
    expect(entry.attributes).toEqual({ uid: ['x'] });
    expect(leftOut).toEqual(['many', 'huge']);
    const wide = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`a${index}`, 'x']));
    expect(shown(wide).leftOut).toEqual(['a500']);
  });

  it('puts the parts of a long attribute together under its name', () => {
    const { entry } = shown({ 'memberOf;range=0-0': 'cn=a', memberOf: [] });
    expect(entry.attributes).toEqual({ memberOf: ['cn=a'] });
  });
});
