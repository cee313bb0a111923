/**
 * A copy that keeps nothing else in memory. What is cut out of a message is a view that keeps the whole message alive: to be used
 * for what outlasts the message by far.
 */
export const detached = (text: string): string => Buffer.from(text).toString();
