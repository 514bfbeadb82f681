export { type DeciderSpecification, specifyDecider, type Then } from '@wam/event-store/testing';
