/** Media on: loads drachtio-fsmrf, which nobody else needs. */
import type { FsDialog, FsSignalling } from 'drachtio-fsmrf';
import { createMediaPool, type MediaPool, type MediaPoolOptions } from './pool.js';

type OpenMediaOptions = Omit<MediaPoolOptions, 'mrf'> & { readonly signalling: FsSignalling };

export async function openMedia({ signalling, ...options }: OpenMediaOptions): Promise<MediaPool> {
  const { default: Mrf } = await import('drachtio-fsmrf');
  return createMediaPool({ ...options, mrf: new Mrf(quiet(signalling)) });
}

/** The library ends a dialog that is gone without looking at the promise, whose rejection nobody would handle. */
const quiet = (signalling: FsSignalling): FsSignalling => ({
  createUAC: async (uri, options) => {
    const dialog: FsDialog = await signalling.createUAC(uri, options);
    const destroy = dialog.destroy.bind(dialog);
    dialog.destroy = () => destroy().catch(() => {});
    return dialog;
  },
});
