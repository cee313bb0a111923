import type { Route } from '../route.js';
export const CALL_ROUTES: readonly Route[] = [];
