import type { Handler } from '../registry-call.js';
import { jsonReply } from '../replies.js';

/** Two bytes without a newline, as distribution has it. */
const pong = { ...jsonReply({}), body: '{}' };

/** `GET /v2/`: the registry speaks this protocol and the credentials are good (end-1). */
export const ping: Handler = () => pong;
