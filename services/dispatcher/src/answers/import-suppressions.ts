/** A file of numbers for the suppression list. Each is on the list as soon as its piece is taken up: what breaks off is simply sent again. */
import { isRejection, type Rejection } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { suppress } from '../opt-out/record-opt-outs.ts';
import { isFault, judgeRow, type RowFault, type UsableRow } from '../recipients/judge-row.ts';
import { batchesOf, createRowReader, formatOf, stepsOf, unknownFormat } from '../recipients/read-rows.ts';
import { type ReadRow, UnreadableRow } from '../recipients/take-up-rows.ts';
import { asAccount, type Handler } from './answers-deps.ts';
import { receivePieces, type Upload, type UploadDeps } from './receive-pieces.ts';

const shownProblems = 100;
const demands = { message: '', placeholders: [] };

export const importSuppressed = (deps: UploadDeps): Handler =>
  asAccount(async ({ principal: { tenant }, body }) => {
    const format = formatOf((body as { contentType: string }).contentType);
    if (format === undefined) return refuse(unknownFormat);
    const upload = createImport(deps, tenant, createRowReader(format));
    return receivePieces(deps, { operation: 'importSuppressions', uploadId: deps.ids.ulid(), upload });
  });

function createImport(
  { database, sealer, clock }: UploadDeps,
  tenant: string,
  reader: ReturnType<typeof createRowReader>,
): Upload {
  const counts = { rows: 0, added: 0, bad: 0, duplicates: 0 };
  const problems: ({ row: number } & RowFault)[] = [];

  async function takeUp(read: readonly ReadRow[]): Promise<void> {
    const numbers: string[] = [];
    for (const { row, fields } of read) {
      const judged: UsableRow | RowFault = fields instanceof UnreadableRow ? fields : judgeRow(fields, demands);
      if (!isFault(judged)) numbers.push(judged.number);
      else if (problems.length < shownProblems) problems.push({ row, reason: judged.reason, value: judged.value });
    }
    const now = new Date(clock.now());
    const added = await suppress(database, sealer, { tenant, numbers, source: 'list', now });
    counts.rows += read.length;
    counts.added += added;
    counts.bad += read.length - numbers.length;
    counts.duplicates += numbers.length - added;
  }
  async function takeUpAll(read: readonly ReadRow[] | Rejection): Promise<Rejection | undefined> {
    if (isRejection(read)) return read;
    for (const batch of batchesOf(read)) await takeUp(batch);
    return undefined;
  }

  return {
    async push(bytes) {
      for (const step of stepsOf(bytes)) {
        const refused = await takeUpAll(reader.push(step));
        if (refused !== undefined) return refused;
      }
      return undefined;
    },
    async finish() {
      const refused = await takeUpAll(reader.end());
      return refused === undefined ? answer(200, { ...counts, problems }) : refuse(refused);
    },
    abort: async () => undefined,
  };
}
