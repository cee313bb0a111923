import { canonicalName } from './headers.js';
import { type Field, SipMessage } from './message.js';

const START_RESPONSE = /^SIP\/2\.0 ([1-6]\d\d) ?(.*)$/;
const START_REQUEST = /^([\w.!%*+`'~-]+) (\S+) SIP\/2\.0$/;

/** Parses one whole message; undefined when the text is no SIP message at all. */
export function parseMessage(text: string): SipMessage | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const lines = text
    .slice(0, headEnd)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const fields: Field[] = [];
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  const length = fields.find(([name]) => canonicalName(name) === 'content-length')?.[1];
  const bodyStart = headEnd + 4;
  const body = length === undefined ? text.slice(bodyStart) : text.slice(bodyStart, bodyStart + Number(length));
  const start = lines[0] ?? '';
  const response = START_RESPONSE.exec(start);
  if (response) return SipMessage.response(Number(response[1]), response[2] as string, fields, body, text);
  const request = START_REQUEST.exec(start);
  if (request) return SipMessage.request(request[1] as string, request[2] as string, fields, body, text);
  return undefined;
}
