export type { Asked } from '../privacy/redis.js';
