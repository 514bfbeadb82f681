import type { HealthRegistry } from '@wam/service-kit';
import type { FastifyInstance } from 'fastify';

/** Not in the catalogue's shape: these answer orchestrators, not clients of the API. */
export function registerProbes(app: FastifyInstance, health: HealthRegistry): void {
  app.get('/livez', () => health.live());
  app.get('/readyz', async (_request, reply) => {
    const report = await health.ready();
    return reply.code(report.ready ? 200 : 503).send(report);
  });
}
