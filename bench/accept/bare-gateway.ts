/**
 * The references: Fastify that answers at once, and Fastify with the same acknowledged publish; neither has authentication, validation, limits,
 * session lookup or error mapping. What the gateway adds to them is what the comparison shows.
 */
import { busHeaders, defaultPartitionCount, sessionAddress, subjects } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { connectNats, createPublisher } from '@wam/service-kit/nats';
import Fastify from 'fastify';
import { serveCalls } from '../child-calls.ts';

serveCalls({
  start: async ({ natsUrl, tenant }: { natsUrl: string; tenant: string }) => {
    const publisher = createPublisher(await connectNats({ url: natsUrl, name: 'bare-gateway' }));
    const app = Fastify();
    const answerOf = (messageId: string) => ({
      success: true,
      message: 'Message accepted',
      messageId,
      status: 'accepted',
      statusUrl: `/api/messages/${messageId}`,
    });
    app.post('/bare/:sessionId', (_request, reply) => reply.code(202).send(answerOf(`msg_${newUlid()}`)));
    app.post<{ Params: { sessionId: string }; Body: { to: string; message: string } }>(
      '/publishing/:sessionId',
      async (request, reply) => {
        const { sessionId } = request.params;
        const messageId = `msg_${newUlid()}`;
        await publisher.publish(
          subjects.command(sessionAddress({ pool: 'sandbox', tenant, sessionId }, defaultPartitionCount)),
          JSON.stringify({
            id: messageId,
            type: 'SendMessage',
            v: 1,
            tenant,
            at: new Date().toISOString(),
            correlationId: messageId,
            data: { sessionId, messageId, to: request.body.to, text: request.body.message },
          }),
          { msgId: messageId, headers: { [busHeaders.type]: 'SendMessage' } },
        );
        return reply.code(202).send(answerOf(messageId));
      },
    );
    return app.listen({ port: 0, host: '127.0.0.1' });
  },
});
