/** `wam keys rotate-kek`: everything that services keep sealed goes under WAM_KEK, while they run. */
import { analyticsSealed } from '@wam/analytics';
import { authSealed } from '@wam/auth';
import { messageSealPurpose } from '@wam/contracts';
import { dispatcherSealed } from '@wam/dispatcher';
import { configuredSealer, type Env, loadConfig, otherKeksSetting, secret } from '@wam/service-kit';
import { createDatabase, type ResealReport, resealAll, type SealedSchema } from '@wam/service-kit/postgres';
import { engineSealed } from '@wam/session-engine/sealed-columns';
import { webhooksSealed } from '@wam/webhooks';
import Type from 'typebox';

const settings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres of the installation' }),
  WAM_KEK: secret({ minLength: 43, description: 'The new key' }),
  WAM_OTHER_KEKS: otherKeksSetting,
});
const schemas: readonly SealedSchema[] = [authSealed, engineSealed, dispatcherSealed, analyticsSealed, webhooksSealed];
/** A batch of a large archive takes longer than a query of a service may. */
const statementTimeoutMs = 300_000;

export type RotationReport = { schema: string; tables: ResealReport[] }[];

/** @throws ConfigError */
export async function reseal(env: Env): Promise<RotationReport> {
  const config = loadConfig(settings, env);
  const sealer = configuredSealer(config, { purposesWithOwnKey: [messageSealPurpose] });
  const report: RotationReport = [];
  for (const sealed of schemas) {
    const { schema } = sealed;
    await using db = createDatabase({
      url: config.DATABASE_URL.reveal(),
      schema,
      applicationName: 'wam-rotate-kek',
      max: 1,
      statementTimeoutMs,
    });
    report.push({ schema, tables: await resealAll(db, sealed, sealer) });
  }
  return report;
}

/** The lines to print. */
export function resealText(report: RotationReport): string {
  const lines = report.flatMap(({ schema, tables }) =>
    tables.map(({ table, resealed, unreadable }) => {
      const left = unreadable === 0 ? '' : `, ${unreadable} LEFT under a key that is not in WAM_OTHER_KEKS`;
      return `${schema}.${table}: ${resealed} sealed anew${left}`;
    }),
  );
  const isDone = report.every(({ tables }) => tables.every(({ unreadable }) => unreadable === 0));
  return [
    ...lines,
    isDone
      ? 'The database is under WAM_KEK. Events of the last 90 days on the bus are not: keep the former key in WAM_OTHER_KEKS until then.'
      : 'Not done: name the missing keys in WAM_OTHER_KEKS and run it again.',
  ].join('\n');
}
