/** Who acts for a customer, as it stands in the acts: a name without what an act may not hold. Pure. */
export const operatorName = (name: string): string =>
  `operator:${
    name
      .replace(/[^\p{L}\p{N}._-]/gu, '')
      .replace(/\d{7,}/g, '')
      .slice(0, 40) || 'unknown'
  }`;
