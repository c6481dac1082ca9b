// The configuration of LemonLDAP::NG: that of Debian's package, with the directory, one OpenID Connect client and nothing in the way.
const { generateKeyPairSync } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const packaged = '/var/lib/lemonldap-ng/conf/lmConf-1.json';
const client = { id: 'bench', secret: 'bench-client-secret' };
/** The name by which its handler knows the site that nginx asks for; no name of a host. */
const site = 'verify.example.org';

function filesIn(folder, name) {
  const generateModule = 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256';
  return { Directory: join(folder, name), LockDirectory: join(folder, name, 'lock'), generateModule };
}

function directorySettings(folder, { url, baseDn, bindDn, bindPassword, userAttribute }) {
  const { protocol, hostname, port } = new URL(url);
  return {
    authentication: 'LDAP',
    userDB: 'Same',
    passwordDB: 'LDAP',
    registerDB: 'Null',
    ldapServer: `${protocol}//${hostname}`,
    ldapPort: Number(port),
    ldapVerify: 'require',
    ldapCAFile: join(folder, 'ca.crt'),
    ldapBase: baseDn,
    managerDn: bindDn,
    managerPassword: bindPassword,
    AuthLDAPFilter: `(${userAttribute}=$user)`,
    LDAPFilter: `(${userAttribute}=$user)`,
    ldapExportedVars: { uid: userAttribute, cn: 'cn', mail: 'mail', title: 'title', memberOf: 'memberOf' },
    ldapPpolicyControl: 1,
  };
}

/** Every option of a client has this in front. */
function clientOptions(options) {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`oidcRPMetaDataOptions${name}`, value]),
  );
}

function tokenSettings() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    issuerDBOpenIDConnectActivation: 1,
    oidcServicePrivateKeySig: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    oidcServicePublicKeySig: publicKey.export({ type: 'spki', format: 'pem' }),
    oidcServiceKeyIdSig: 'bench',
    oidcRPMetaDataOptions: {
      bench: clientOptions({
        ClientID: client.id,
        ClientSecret: client.secret,
        AllowPasswordGrant: 1,
        RefreshToken: 1,
        AccessTokenJWT: 1,
        AccessTokenSignAlg: 'RS256',
        AccessTokenClaims: 1,
        IDTokenSignAlg: 'RS256',
        UserIDAttr: 'uid',
        BypassConsent: 1,
        RedirectUris: 'https://app.example.org/callback',
      }),
    },
    oidcRPMetaDataExportedVars: { bench: { name: 'cn', email: 'mail', title: 'title', groups: 'memberOf' } },
    oidcRPMetaDataOptionsExtraClaims: { bench: { profile: 'name title groups' } },
  };
}

/** What it remembers, in files as the package has it; what no scenario asks for is off, which costs it nothing. */
function sessionSettings(folder) {
  return {
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: filesIn(folder, 'sessions'),
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: filesIn(folder, 'psessions'),
    localSessionStorage: 'Cache::FileCache',
    localSessionStorageOptions: {
      cache_root: join(folder, 'cache'),
      namespace: 'lemonldap-ng-sessions',
      default_expires_in: 600,
      directory_umask: '007',
      cache_depth: 3,
    },
    disablePersistentStorage: 1,
    loginHistoryEnabled: 0,
    notification: 0,
    requireToken: 0,
    restSessionServer: 1,
    restAuthServer: 1,
  };
}

/** The whole configuration as an object, for a portal on this port. */
function configurationOf({ folder, directory, port }) {
  return {
    ...JSON.parse(readFileSync(packaged, 'utf8')),
    cfgNum: 1,
    portal: `http://127.0.0.1:${port}/`,
    domain: '127.0.0.1',
    securedCookie: 0,
    whatToTrace: '_whatToTrace',
    ...directorySettings(folder, directory),
    ...tokenSettings(),
    ...sessionSettings(folder),
    locationRules: { [site]: { default: 'accept' } },
    exportedHeaders: { [site]: { 'Auth-User': '$uid', 'Auth-Groups': '$memberOf' } },
    vhostOptions: { [site]: { vhostType: 'OAuth2' } },
  };
}

/** lemonldap-ng.ini: where the configuration is. */
function iniOf(folder) {
  const cache = `{ 'namespace' => 'lemonldap-ng-config', 'default_expires_in' => 600, 'directory_umask' => '007', 'cache_root' => '${folder}/cache', 'cache_depth' => 3 }`;
  return `[all]
logLevel = error
checkTime = 1

[configuration]
type = File
dirName = ${folder}/conf
localStorage = Cache::FileCache
localStorageOptions = ${cache}

[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en

[handler]
status = 0
`;
}

/** nginx before the portal, and a page that it gives only to those whom the handler lets through, with what that says of them. */
function nginxOf({ folder, port, user }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
${user ? `user ${user};` : ''}
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/nginx/${name};`).join('\n  ')}
  keepalive_requests 1000000;
  upstream llng { server unix:${folder}/llng.sock; }
  server {
    listen 127.0.0.1:${port};
    location = /verify {
      auth_request /handler;
      auth_request_set $user $upstream_http_lm_remote_user;
      add_header X-User $user;
      root ${folder}/www;
    }
    location = /handler {
      internal;
      include /etc/nginx/fastcgi_params;
      fastcgi_pass llng;
      fastcgi_pass_request_body off;
      fastcgi_param CONTENT_LENGTH "";
      fastcgi_param HOST ${site};
      fastcgi_param HTTP_HOST ${site};
      fastcgi_param X_ORIGINAL_URI $request_uri;
    }
    location / {
      include /etc/nginx/fastcgi_params;
      fastcgi_pass llng;
      fastcgi_param LLTYPE psgi;
      fastcgi_param HTTP_HOST 127.0.0.1:${port};
      fastcgi_param SCRIPT_FILENAME /usr/share/lemonldap-ng/portal/htdocs/index.psgi;
      fastcgi_param SCRIPT_NAME /index.psgi;
      fastcgi_param PATH_INFO $uri;
    }
  }
}
`;
}

module.exports = { client, configurationOf, iniOf, nginxOf, packaged };
