import type { Route } from '../route.js';
export const LIVE_ROUTES: readonly Route[] = [];
