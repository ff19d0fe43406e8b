import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CorruptLayer, watchDiffId } from '../../src/runtime/diff-id.js';

const content = Buffer.from('a layer '.repeat(1000));
const unpacked = {
  diffId: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  sizeBytes: content.length,
};

function watch(bytes: Buffer, chunkSize = bytes.length) {
  const watcher = watchDiffId();
  for (let at = 0; at < bytes.length; at += chunkSize) watcher.write(bytes.subarray(at, at + chunkSize));
  return watcher.finish();
}

describe('watchDiffId', () => {
  test.each([1, 3, 1000])('hashes what is in a gzip, in pieces of %i bytes', async (chunkSize) => {
    expect(await watch(gzipSync(content), chunkSize)).toEqual(unpacked);
  });

  test('takes everything else as it is, however short', async () => {
    expect(await watch(content)).toEqual(unpacked);
    expect(await watch(Buffer.from('ab'))).toEqual({ diffId: expect.any(String), sizeBytes: 2 });
    expect((await watch(Buffer.alloc(0)))?.sizeBytes).toBe(0);
  });

  test('cannot undo zstd, and says so', async () => {
    expect(await watch(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]))).toBeUndefined();
  });

  const packed = gzipSync(content);
  const changed = (at: number) => {
    const copy = Buffer.from(packed);
    copy.writeUInt8(copy.readUInt8(at) ^ 0xff, at);
    return copy;
  };
  test.each([
    ['that ends too early', packed.subarray(0, packed.length - 12), 'unexpected EOF'],
    ['with another checksum', changed(packed.length - 6), 'gzip: invalid checksum'],
  ])('names a gzip %s as Go does', async (_, bytes, text) => {
    await expect(watch(bytes)).rejects.toEqual(new CorruptLayer(text));
  });
});
