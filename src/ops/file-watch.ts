import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { WatchedFiles } from '../common/watched-files';
import { Settings } from '../config/settings';

/** Has files looked at every FILES_CHECK_SECONDS while the process runs; those of secrets, and those that rooms follow. */
@Injectable()
export class FileWatch implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly files: WatchedFiles,
    @Inject(Settings) private readonly settings: Pick<Settings, 'FILES_CHECK_SECONDS' | 'secretFiles'>,
  ) {}

  onModuleInit(): void {
    const { secretFiles, FILES_CHECK_SECONDS: seconds } = this.settings;
    for (const { variable, path, mark, reread } of secretFiles) {
      this.files.watch({ setting: variable, paths: [path], reread }, mark);
    }
    if (seconds === 0) return;
    this.timer = setInterval(() => this.files.look(), seconds * 1000);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
