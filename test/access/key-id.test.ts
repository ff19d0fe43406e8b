import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { jwkThumbprint, libtrustKeyId } from '../../src/access/key-id.js';

/** registry.md §8.8; the first is the example of distribution's jwt.md, the others those of RFC 7638 and RFC 8037. */
const keys: Record<string, { jwk: JsonWebKey; libtrust?: string; thumbprint: string }> = {
  'EC P-256': {
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'm7zUpx3b-zmVE5cymSs64POG9QcyEpJaYCD82-549_Q',
      y: 'dU3biz8sZ_8GPB-odm8Wxz3lNDr1xcAQQPQaOcr1fmc',
    },
    libtrust: 'PYYO:TEWU:V7JH:26JV:AQTZ:LJC3:SXVJ:XGHA:34F2:2LAQ:ZRMK:Z7Q6',
    thumbprint: '8qjioA3ZA7ti2JIE7c-U8smBFuZolQZvhSHDPU3hhB8',
  },
  RSA: {
    jwk: {
      kty: 'RSA',
      e: 'AQAB',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    },
    libtrust: 'VUZD:EDHW:YWLN:RBFQ:KOA3:UVZ2:XKG5:2V2J:WTPI:6SRD:U6PZ:VCO5',
    thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  },
  Ed25519: {
    jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    thumbprint: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  },
};

test.each(Object.entries(keys))(
  'an %s key has the ids that registries compute',
  (_, { jwk, libtrust, thumbprint }) => {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    expect(jwkThumbprint(key)).toBe(thumbprint);
    if (libtrust !== undefined) expect(libtrustKeyId(key)).toBe(libtrust);
  },
);
