export async function micro(_: unknown): Promise<void> {}
