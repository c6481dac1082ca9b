import { Body, Controller, Get, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { ThrottlerGuard } from '@nestjs/throttler';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import type { CookieOptions, Request, Response } from 'express';
import { AuthService, type Tokens } from './auth.service.js';
import { refreshCookie } from './jwt-refresh.strategy.js';
import { settings } from './settings.js';
import type { AccessClaims, PresentedRefreshToken, User } from './user.js';

export class LoginDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  username!: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  password!: string;
}

const cookie: CookieOptions = { httpOnly: true, secure: true, sameSite: 'strict', path: '/auth' };

function answer(response: Response, { accessToken, refreshToken }: Tokens): { accessToken: string } {
  response.cookie(refreshCookie, refreshToken, { ...cookie, maxAge: settings.refresh.lifeSeconds * 1000 });
  return { accessToken };
}

@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('login')
  @HttpCode(200)
  @UseGuards(ThrottlerGuard, AuthGuard('ldap'))
  login(
    @Body() _body: LoginDto,
    @Req() request: Request & { user: User },
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(response, this.auth.login(request.user));
  }

  @Post('refresh')
  @HttpCode(200)
  @UseGuards(AuthGuard('jwt-refresh'))
  refresh(
    @Req() request: Request & { user: PresentedRefreshToken },
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(response, this.auth.refresh(request.user));
  }

  @Post('logout')
  @HttpCode(204)
  @UseGuards(AuthGuard('jwt-refresh'))
  logout(
    @Req() request: Request & { user: PresentedRefreshToken },
    @Res({ passthrough: true }) response: Response,
  ): void {
    this.auth.logout(request.user.sid);
    response.clearCookie(refreshCookie, cookie);
  }

  @Get('verify')
  @HttpCode(204)
  @UseGuards(AuthGuard('jwt'))
  verify(): void {}

  @Get('me')
  @UseGuards(AuthGuard('jwt'))
  me(@Req() request: Request & { user: AccessClaims }): AccessClaims {
    return request.user;
  }
}
