/** A process that writes acts of one person: `consent-writer.js URL NUMBER COUNT`. */
import { grant, openAt, withdraw } from './consent.js';

const [url = '', number = '', count = '0'] = process.argv.slice(2);
const AT_ONCE = 50;

const { register, close } = await openAt(url);
const one = (i: number) => register.act(i % 2 === 0 ? grant(number, 'usage:data') : withdraw(number, 'usage:data'));
for (let i = 0; i < Number(count); i += AT_ONCE)
  await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => one(i + k)));
close();
