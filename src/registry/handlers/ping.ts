import type { Handler } from '../registry-call.js';
import { jsonReply } from '../replies.js';

/** `GET /v2/`: the registry speaks this protocol and the credentials are good (end-1). */
export const ping: Handler = () => jsonReply({});
