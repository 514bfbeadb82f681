/** `wam settings`: every variable that a target reads, as the table of the README. */
import { analyticsSettings } from '@wam/analytics';
import { authSettings } from '@wam/auth';
import { dispatcherSettings } from '@wam/dispatcher';
import { gatewaySettings } from '@wam/gateway';
import { type ConfigRow, describeConfig } from '@wam/service-kit';
import { sessionEngineSettings } from '@wam/session-engine/config';
import { webhooksSettings } from '@wam/webhooks';
import { launcherSettings } from '../config.ts';
import { sandboxSettings } from '../targets/sandbox.ts';
import { prepareSettings } from './prepare.ts';

const settingsOf = {
  all: launcherSettings,
  gateway: gatewaySettings,
  auth: authSettings,
  'session-engine': sessionEngineSettings,
  dispatcher: dispatcherSettings,
  analytics: analyticsSettings,
  webhooks: webhooksSettings,
  sandbox: sandboxSettings,
  prepare: prepareSettings,
};

/** What a target reads of its own, one row per variable. */
export const settingRows = (target: string): ConfigRow[] =>
  describeConfig(settingsOf[target as keyof typeof settingsOf]);

/** The variables that a target reads, those of the launcher included; a secret may also come as `NAME_FILE`. */
export const settingsRead = (target: string): string[] =>
  [...settingRows(target), ...settingRows('all')].map(({ variable }) => variable);

/** One row per variable, in Markdown. Targets share most of them; the first one's words stand for all. */
export function settingsTable(): string {
  const rows = new Map<string, ConfigRow & { targets: string[] }>();
  for (const [target, settings] of Object.entries(settingsOf)) {
    for (const row of describeConfig(settings)) {
      const known = rows.get(row.variable);
      if (known === undefined) rows.set(row.variable, { ...row, targets: [target] });
      else known.targets.push(target);
    }
  }
  return [
    '| variable | targets | form | default | meaning |',
    '|---|---|---|---|---|',
    ...[...rows.values()].map(
      (row) =>
        `| \`${row.variable}\` | ${row.targets.join(', ')} | ${row.type.replaceAll('|', 'or')} | ${fallbackOf(row)} | ${row.description} |`,
    ),
  ].join('\n');
}

function fallbackOf(row: ConfigRow): string {
  if (row.default !== undefined) return `\`${row.default}\``;
  return row.required ? 'required' : '';
}
