export { type GatewayConfig, gatewaySettings, loadGatewayConfig } from './config.ts';
export { createGateway, type Gateway, type GatewayDeps } from './create-gateway.ts';
