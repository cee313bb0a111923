/** Why a message, or the connection of a peer, is dropped: all that the metric of it may say. */
export const DROP_REASONS = [
  // Of whoever may not send here, of what is too large, without a valid certificate.
  ...(['peer', 'size', 'certificate'] as const),
  // It cannot be told apart, it comes or is read too slowly, or says nothing.
  ...(['framing', 'slow', 'silent'] as const),
  // There is no room: in all, for its source, because another needs it, in what waits.
  ...(['connections', 'source', 'crowded', 'budget'] as const),
] as const;

export type DropReason = (typeof DROP_REASONS)[number];
