import type { Route } from '../route.js';
export const CHARGE_ROUTES: readonly Route[] = [];
