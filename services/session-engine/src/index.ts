export { loadSessionEngineConfig, type SessionEngineConfig, sessionEngineSettings } from './config.ts';
export { createSessionEngine, type SessionEngineDeps } from './create-session-engine.ts';
