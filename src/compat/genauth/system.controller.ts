import { Controller, Get } from '@nestjs/common';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { EncryptionKeys } from './encryption/encryption-keys';
import { DescribeGenAuth, DescribeSystem } from './genauth.openapi';

/** What clients read before they encrypt a password (the SDK's `SystemInfoResp`); the one answer without an envelope. */
interface SystemInfo {
  readonly rsa: { readonly publicKey: string };
  readonly sm2: { readonly publicKey: string };
  readonly version: { readonly server: string; readonly console: string; readonly login: string };
  readonly publicIps: readonly string[];
}

/** The version of the API that is spoken. That of the software would tell strangers which faults it has. */
const apiVersion = '3.0.0';

/** `/api/v3/system`: the public keys that passwords are encrypted with. */
@DescribeGenAuth()
@Controller('api/v3')
@Public()
@RateLimit('none')
export class SystemController {
  constructor(private readonly keys: EncryptionKeys) {}

  @DescribeSystem()
  @Get('system')
  async system(): Promise<SystemInfo> {
    const { rsa, sm2 } = await this.keys.publicKeys();
    const version = { server: apiVersion, console: apiVersion, login: apiVersion };
    return { rsa, sm2, version, publicIps: [] };
  }
}
