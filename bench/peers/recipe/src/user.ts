/** Who has logged in. The session keeps it, and the access token carries it. */
export interface User {
  sub: string;
  name: string;
  email: string;
  title: string;
  groups: string[];
}

/** What the guards put into `request.user` for an access token. */
export interface AccessClaims extends User {
  sid: string;
  iat: number;
  exp: number;
}

/** The same for a refresh token, with the token itself, whose hash the session knows. */
export interface PresentedRefreshToken {
  sub: string;
  sid: string;
  token: string;
}
