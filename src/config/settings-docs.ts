import { settingGroups } from './settings';
import type { Setting } from './setting';

/** The text of `.env.example`: every setting, commented out, with its default. */
export function renderEnvExample(): string {
  const groups = settingGroups.map(({ title, settings }) => {
    const entries = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => {
      const unit = setting.unit ? ` (${setting.unit})` : '';
      return `# ${setting.meaning}${unit}\n#${name}=${setting.defaultText}`;
    });
    return `## ${title}\n\n${entries.join('\n\n')}`;
  });
  return `# Settings of Gatehouse, each with its default. Copy to .env and remove the # of what you change.\n# Made by \`npm run docs:settings\`; docs/configuration.md explains them.\n\n${groups.join('\n\n')}\n`;
}

/** The text of `docs/configuration.md`. */
export function renderConfigurationPage(): string {
  const groups = settingGroups.map(({ title, settings }) => {
    const rows = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => row(name, setting));
    return `## ${title}\n\n| Name | Type | Default | Meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}`;
  });
  return `${introduction}\n\n${groups.join('\n\n')}\n`;
}

function row(name: string, setting: Setting<unknown>): string {
  const type = setting.unit ? `${setting.type} (${setting.unit})` : setting.type;
  const names = setting.secret ? `\`${name}\`<br>\`${name}_FILE\`` : `\`${name}\``;
  const cells = [names, type, setting.defaultText ? `\`${setting.defaultText}\`` : '', setting.meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const introduction = `<!-- Made from src/config/settings.ts by \`npm run docs:settings\`. A test holds the two equal. -->

# Configuration

Settings come from the environment and, where a variable is not set there, from a file \`.env\` in the working directory.
An empty variable counts as absent. A secret can also come from a file: set the name with \`_FILE\` to its path.

All faults are reported together at start, each with the name of the variable and never with its value; the process then
exits with status 78. A name that looks like a misspelt setting gets a warning.

With \`NODE_ENV=production\` the gateway refuses to start with demo users (\`STRATEGIES\` empty), with a short or placeholder
secret, and with \`COOKIE_SECURE=false\` unless \`COOKIE_SECURE_OVERRIDE=true\`.`;
