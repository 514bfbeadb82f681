import { defineService, type Service } from '@wam/service-kit';

/** The same service, which also tells when it has started. */
export const announced = (service: Service, tell: () => void): Service =>
  defineService({
    name: service.name,
    async start() {
      await service.start();
      tell();
    },
    stop: () => service.stop(),
    health: () => service.health(),
  });
