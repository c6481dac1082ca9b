import { Injectable, UnauthorizedException } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { SessionsRepository } from './sessions.repository.js';
import { settings } from './settings.js';
import type { PresentedRefreshToken, User } from './user.js';

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

@Injectable()
export class AuthService {
  constructor(
    private readonly jwt: JwtService,
    private readonly sessions: SessionsRepository,
  ) {}

  login(user: User): Tokens {
    const id = randomUUID();
    const refreshToken = this.refreshTokenOf(user.sub, id);
    this.sessions.create({ id, user, refreshTokenHash: hashOf(refreshToken), expiresAt: this.newExpiry() });
    return { accessToken: this.accessTokenOf(user, id), refreshToken };
  }

  /** A token that is no longer the newest of its session ends the session: somebody else has used it. */
  refresh({ sid, token }: PresentedRefreshToken): Tokens {
    const session = this.sessions.find(sid);
    if (!session || session.expiresAt < Date.now()) throw new UnauthorizedException();
    if (!timingSafeEqual(session.refreshTokenHash, hashOf(token))) {
      this.sessions.delete(sid);
      throw new UnauthorizedException();
    }
    const refreshToken = this.refreshTokenOf(session.user.sub, sid);
    if (!this.sessions.replaceToken(session, hashOf(refreshToken), this.newExpiry()))
      throw new UnauthorizedException();
    return { accessToken: this.accessTokenOf(session.user, sid), refreshToken };
  }

  logout(sid: string): void {
    this.sessions.delete(sid);
  }

  private accessTokenOf(user: User, sid: string): string {
    return this.jwt.sign({ ...user, sid, jti: randomUUID() });
  }

  private refreshTokenOf(sub: string, sid: string): string {
    const { secret, lifeSeconds } = settings.refresh;
    const payload = { sub, sid, jti: randomUUID() };
    return this.jwt.sign(payload, { secret, algorithm: 'HS256', expiresIn: lifeSeconds });
  }

  private newExpiry(): number {
    return Date.now() + settings.refresh.lifeSeconds * 1000;
  }
}
