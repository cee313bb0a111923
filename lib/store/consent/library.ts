import { existsSync, readFileSync } from 'node:fs';
import { type Library, versioned } from '../functions/library.js';

/** Beside the compiled module, or, as the compiler copies no Lua, in the source tree that it came from. */
function readSource(): string {
  const places = ['../functions/consent/', '../../../../lib/store/functions/consent/'];
  const files = places.map((place) => new URL(`${place}consent.lua`, import.meta.url));
  return readFileSync(files.find((file) => existsSync(file)) ?? (files[0] as URL), 'utf8');
}

/** The functions of the consent register: a library of its own, on a Redis of its own if need be. */
export const consentLibrary = (): Library => versioned(readSource(), 'consent_version');
