/** A gateway in a process of its own, for those who kill it or weigh it. Settings come from the environment. */
import { createSilentLogger, printMetrics } from '@wam/service-kit';
import { loadGatewayConfig } from '../config.ts';
import { createGateway } from '../create-gateway.ts';
import type { GatewayAnswer, GatewayQuestion } from './gateway-process.ts';

const gateway = createGateway(loadGatewayConfig(process.env), { logger: createSilentLogger() });
await gateway.start();
const tell = (answer: GatewayAnswer) => void process.send?.(answer);
tell({ address: gateway.address });
async function answer(question: GatewayQuestion): Promise<void> {
  if (question === 'metrics') return tell({ metrics: (await printMetrics()).text });
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  tell({ memory: { residentBytes: rss, heapBytes: heapUsed, externalBytes: external } });
}
process.on('message', (question: GatewayQuestion) => void answer(question));
process.on('SIGTERM', () => void gateway.stop().then(() => process.exit()));
process.on('disconnect', () => process.exit());
