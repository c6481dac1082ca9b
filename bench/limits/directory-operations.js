// The search by which the gateway finds somebody with its settings as they are: the same filter and the same attributes, so that the
// directory has the same work.

const attributes = [
  ...['objectGUID', 'entryUUID', 'nsUniqueId', 'ipaUniqueID', 'GUID', 'sAMAccountName', 'uid'],
  ...['userPrincipalName', 'displayName', 'cn', 'givenName', 'sn', 'mail', 'title', 'manager', 'memberOf'],
  ...['employeeNumber', 'userAccountControl', 'accountExpires', 'lockoutTime'],
  ...['msDS-User-Account-Control-Computed', 'pwdAccountLockedTime', 'pwdStartTime', 'pwdEndTime'],
  ...['nsAccountLock', 'krbPrincipalExpiration', 'msDS-UserPasswordExpiryTimeComputed', 'pwdLastSet'],
  ...['msDS-ResultantPSO', 'badPwdCount', 'badPasswordTime', 'pwdPolicySubentry', 'pwdFailureTime'],
  ...['passwordRetryCount', 'retryCountResetTime'],
];

const filterOf = (username) => `(|(uid=${username})(sAMAccountName=${username}))`;

module.exports = { attributes, filterOf };
