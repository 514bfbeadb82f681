export { type AnalyticsConfig, analyticsSettings, loadAnalyticsConfig } from './config.ts';
export { type AnalyticsDependencies, createAnalytics } from './create-analytics.ts';
export { migrations as analyticsMigrations } from './migrations.ts';
export { analyticsSealed } from './sealed-columns.ts';
