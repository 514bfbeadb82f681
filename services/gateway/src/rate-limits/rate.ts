import { parseDurationMs } from '@wam/service-kit';
import Type from 'typebox';

/** So many requests in a window that starts with the first of them. */
export interface Rate {
  readonly points: number;
  readonly windowMs: number;
}

const form = '[1-9][0-9]*/[1-9][0-9]*(s|m|h)';
/** A setting such as `100/15m`. */
export const rateSetting = (options: { default: string; description: string }) =>
  Type.String({ pattern: `^${form}$`, ...options });
/** A setting such as `business=1000/15m,enterprise=3000/15m`; empty for none is `none`. */
export const ratesOfPlansSetting = (options: { default: string; description: string }) =>
  Type.String({ pattern: `^(none|[a-z0-9-]+=${form}(,[a-z0-9-]+=${form})*)$`, ...options });

/** @param text of the form that {@link rateSetting} checks */
export function parseRate(text: string): Rate {
  const [points, window = ''] = text.split('/');
  return { points: Number(points), windowMs: parseDurationMs(window) ?? 0 };
}

/** @param text of the form that {@link ratesOfPlansSetting} checks */
export function parseRatesOfPlans(text: string): ReadonlyMap<string, Rate> {
  if (text === 'none') return new Map();
  return new Map(
    text.split(',').map((entry) => {
      const [plan = '', rate = ''] = entry.split('=');
      return [plan, parseRate(rate)];
    }),
  );
}

/** The one that allows more requests in the long run. */
export const moreGenerous = (a: Rate, b: Rate): Rate => (b.points / b.windowMs > a.points / a.windowMs ? b : a);
